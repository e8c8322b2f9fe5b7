import { Baseline } from '../baseline/baseline.mjs';
import { Forked } from '../forked.mjs';
import { burst } from '../load.mjs';
import { cpuMs, cpuPerDelivery } from '../processes.mjs';
import { median } from '../statistics.mjs';
import { processTable } from '../table.mjs';

/** Both sides run with the same durability, so that a power cut could cost both the same. */
const DURABILITIES = /** @type {const} */ ([
  { sync: '2m', appendfsync: 'everysec' },
  { sync: 'always', appendfsync: 'always' },
]);
/** One account is one partition and so one owner; many are how it is in production. */
const ACCOUNTS = [1, 16];

/**
 * @typedef {object} Round
 * @property {number} rate deliveries a second
 * @property {number} logged the same, until the log has them
 * @property {Record<string, number>} cpu µs a delivery
 */

/**
 * As many events as go through: the bare loop, the baseline and Tidings in turn, so that all see the same machine.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  for (const durability of DURABILITIES) {
    await compare(context, durability);
    // Its processes end before those of the next durability begin.
    await context.stops.run(context.say);
  }
}

/**
 * @param {import('../context.mjs').Context} context
 * @param {typeof DURABILITIES[number]} durability
 */
async function compare(context, { sync, appendfsync }) {
  const { say, stops } = context;
  const platform = await context.start({ sync });
  const baseline = await Baseline.start(platform, { appendfsync, say, stops });
  const raw = new Forked('bare loop', new URL('../raw-loop.mjs', import.meta.url));
  stops.add(() => raw.stop());
  const sides = [];
  for (const count of ACCOUNTS) sides.push(await side(platform, count));

  const events = context.count(10_000, 200);
  const bullmq = () => measured(baseline.pids, events, () => baseline.burst(events));
  const bare = async () =>
    /** @type {number} */ (await raw.call('run', { url: platform.receivers.url('raw'), count: 3 * events }));
  // However short the rounds, the compilers and connections of all sides are warm.
  const warmUp = 2_000;
  await raw.call('run', { url: platform.receivers.url('raw'), count: warmUp });
  await baseline.burst(warmUp);
  for (const one of sides) await burst(platform, { ...one, events: warmUp });

  /** @type {{ raw: number, bullmq: Round, ours: Round[] }[]} */
  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    const result = { raw: await bare(), bullmq: await bullmq(), ours: /** @type {Round[]} */ ([]) };
    await platform.receivers.take('raw');
    for (const one of sides) result.ours.push(await measured(platform.pids, events, () => burst(platform, { ...one, events })));
    rounds.push(result);
    const ours = result.ours.map(({ rate }, index) => `${ACCOUNTS[index]} account(s) ${rate.toFixed(0)}/s`).join(', ');
    say(`sync ${sync}, round ${round}: bare loop ${result.raw.toFixed(0)}/s, BullMQ ${result.bullmq.rate.toFixed(0)}/s, ${ours}`);
  }
  report(context, sync, appendfsync, rounds);
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {number} count
 */
async function side(platform, count) {
  const accounts = await platform.createAccounts(count);
  const group = `full-${count}`;
  for (const [index, account] of accounts.entries())
    await platform.createWebhook(account, { url: platform.receivers.url(group, index), max_concurrency: 64 });
  return { accounts, group };
}

/**
 * @param {import('../processes.mjs').Pids} pids
 * @param {number} deliveries
 * @param {() => Promise<{ rate: number, logged: number }>} work
 * @returns {Promise<Round>}
 */
async function measured(pids, deliveries, work) {
  const before = cpuMs(pids);
  const rates = await work();
  return { ...rates, cpu: cpuPerDelivery(before, cpuMs(pids), deliveries) };
}

/**
 * @param {import('../context.mjs').Context} context
 * @param {string} sync
 * @param {string} appendfsync
 * @param {{ raw: number, bullmq: Round, ours: Round[] }[]} rounds
 */
function report(context, sync, appendfsync, rounds) {
  /** @type {Record<string, Record<string, number>>} */
  const cpu = { [`BullMQ, ${appendfsync}`]: middle(rounds.map(({ bullmq }) => bullmq.cpu)) };
  context.figure(`bare loop, sync ${sync}`, median(rounds.map(({ raw }) => raw)), '/s');
  context.figure(`BullMQ, ${appendfsync}`, median(rounds.map(({ bullmq }) => bullmq.rate)), '/s');
  for (const [index, accounts] of ACCOUNTS.entries()) {
    const name = `${accounts} account${accounts > 1 ? 's' : ''}, sync ${sync}`;
    const over = (/** @type {(ours: Round, round: { raw: number, bullmq: Round }) => number} */ ratio) =>
      median(rounds.map((round) => ratio(/** @type {Round} */ (round.ours[index]), round)));
    context.figure(
      name,
      over(({ rate }) => rate),
      '/s',
    );
    context.figure(
      `${name}: ÷ BullMQ, ${appendfsync}`,
      over(({ rate }, { bullmq }) => rate / bullmq.rate),
      '×',
      { atLeast: 3 },
    );
    context.figure(
      `${name}: ÷ BullMQ, with the log`,
      over(({ logged }, { bullmq }) => logged / bullmq.logged),
      '×',
    );
    context.figure(
      `${name}: ÷ bare loop`,
      over(({ rate }, { raw }) => rate / raw),
      '×',
      { atLeast: 0.5 },
    );
    cpu[name] = middle(rounds.map(({ ours }) => /** @type {Round} */ (ours[index]).cpu));
  }
  context.say(`\nCPU, µs a delivery, by process\n${processTable(cpu)}\n`);
}

/** @param {Record<string, number>[]} rounds */
function middle(rounds) {
  return Object.fromEntries(Object.keys(rounds[0] ?? {}).map((name) => [name, median(rounds.map((round) => round[name] ?? 0))]));
}
