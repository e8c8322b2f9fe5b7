import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { steady } from '../load.mjs';
import { startPublisher } from '../start-platform.mjs';
import { cpuMs, cpuPerDelivery } from '../processes.mjs';
import { until } from '../statistics.mjs';

const HELD = 100_000;
const CONCURRENCY = 64;
/** Below what is released uncapped, or it would not be the cap that is seen. */
const CAP = 200;
const CAPPED_SECONDS = 10;
/** Other accounts' events a second meanwhile. */
const OTHERS_RATE = 50;
const HELD_WITHIN_MS = 300_000;
/** Messages in one direct get. */
const BATCH = 1_000;

/**
 * Resumes a webhook that was paused while many events came. Measures the speed and order of the release, how exactly a cap is
 * kept, and what another account notices.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const [account, other] = await platform.createAccounts(2);
  if (!account || !other) throw new Error('there are no accounts');
  const webhook = await platform.createWebhook(account, { url: platform.receivers.url('held'), max_concurrency: CONCURRENCY });
  await platform.createWebhook(other, { url: platform.receivers.url('other') });
  const others = await startPublisher(platform.natsUrl, context.stops);
  const flow = { accounts: [other], group: 'other', rate: OTHERS_RATE, publisher: others };
  const lane = { account, webhook };
  await steady(platform, { ...flow, seconds: 3 });
  const quiet = await steady(platform, { ...flow, seconds: context.seconds(10) });

  const held = context.count(HELD, 1_000);
  await hold(context, platform, lane, held);
  const cpu = cpuMs(platform.pids);
  const meanwhile = steady(platform, { ...flow, seconds: Math.min(20, Math.max(2, held / 3_000)) });
  await resume(platform, lane, {});
  const released = await platform.receivers.receive('held', held, 240_000);
  const spent = cpuPerDelivery(cpu, cpuMs(platform.pids), held);
  const beside = await meanwhile;
  context.say(`${held} released in ${released.seconds.toFixed(1)} s, ${released.requests - held} requests too many`);
  await platform.logged();
  // A delivery that fails joins the end of the lane for its next attempt.
  context.say(`  failed attempts: ${(await platform.failures()) || 'none'}`);
  const load = Object.entries(spent).map(([name, us]) => `${name} ${us.toFixed(0)}`);
  context.say(`  CPU, µs a released delivery: ${load.join(', ')}`);
  context.figure(`released, uncapped, sync ${context.sync}`, held / released.seconds, '/s', { atLeast: 3_000 });
  context.figure('furthest behind a later one, uncapped', released.furthestBehind, 'events', { atMost: CONCURRENCY });
  context.figure('p99 of another account meanwhile', beside.p99, 'ms');
  context.figure('÷ in quiet', beside.p99 / quiet.p99, '×', { atMost: 2 });

  const few = CAP * CAPPED_SECONDS;
  await hold(context, platform, lane, few);
  await resume(platform, lane, { rate_per_second: CAP });
  const capped = await platform.receivers.receive('held', few, 60_000);
  context.say(`${few} released in ${capped.seconds.toFixed(1)} s at ${CAP}/s; the busiest second had ${capped.busiestSecond}`);
  context.figure(`released, capped at ${CAP}/s`, (few - 1) / capped.seconds, '/s', { atLeast: CAP * 0.95, atMost: CAP * 1.01 });
  context.figure('busiest second, capped', capped.busiestSecond, 'requests', { atMost: CAP * 1.1 });
  context.figure('furthest behind a later one, capped', capped.furthestBehind, 'events', { atMost: CONCURRENCY });
}

/**
 * Pauses the webhook and sends it so many events; they all wait when this resolves.
 *
 * @param {import('../context.mjs').Context} context
 * @param {import('../platform.mjs').Platform} platform
 * @param {{ account: import('../platform.mjs').Account, webhook: import('../platform.mjs').Webhook }} lane
 * @param {number} count
 */
async function hold(context, platform, { account, webhook }, count) {
  await platform.call(account.key, 'POST', `/webhooks/${webhook.id}/pause`, {});
  await platform.receivers.take('held');
  const before = (await platform.jetstream.jsm.streams.info('EVENTS')).state.last_seq;
  const seconds = await platform.publisher.call('burst', { accountIds: [account.id], type: 'deal.won', count });
  context.say(`${count} events published in ${seconds.toFixed(1)} s`);
  const subject = subjects.lane(partitionOf(account.id), webhook.id);
  let waiting = 0;
  const isHeld = async () => {
    const { state } = await platform.jetstream.jsm.streams.info('LANES', { subjects_filter: subject });
    waiting = state.subjects?.[subject] ?? 0;
    return waiting >= count;
  };
  await until(isHeld, HELD_WITHIN_MS, () => `only ${waiting} of ${count} events were held`);
  await platform.logged();
  const inEvents = await furthestBehind(platform, 'EVENTS', `event.*.${account.id}.>`, before + 1, ({ n }) => n);
  const inLane = await furthestBehind(platform, 'LANES', subject, 1, ({ eventSeq }) => eventSeq);
  context.say(`${count} held; furthest behind a later one: ${inEvents} in EVENTS, ${inLane} in the lane`);
  const { requests } = await platform.receivers.take('held');
  if (requests > 0) throw new Error(`the paused webhook got ${requests} requests`);
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {{ account: import('../platform.mjs').Account, webhook: import('../platform.mjs').Webhook }} lane
 * @param {{ rate_per_second?: number }} how
 */
function resume(platform, { account, webhook }, how) {
  return platform.call(account.key, 'POST', `/webhooks/${webhook.id}/resume`, how);
}

/**
 * Where an order was lost, if it was: how far behind a later one a message is stored at most.
 *
 * @param {import('../platform.mjs').Platform} platform
 * @param {string} stream
 * @param {string} filter
 * @param {number} firstSeq
 * @param {(body: any) => number} numberOf a message
 */
async function furthestBehind(platform, stream, filter, firstSeq, numberOf) {
  const { jsm } = platform.jetstream;
  const { state } = await jsm.streams.info(stream);
  let last = 0;
  let furthest = 0;
  // Direct gets: on a work queue nobody may read beside the lane's owner.
  for (let seq = Math.max(firstSeq, state.first_seq); seq <= state.last_seq;) {
    const startSeq = seq;
    seq = state.last_seq + 1;
    for await (const message of await jsm.direct.getBatch(stream, { seq: startSeq, batch: BATCH, next_by_subj: filter })) {
      const number = numberOf(message.json());
      furthest = Math.max(furthest, last - number);
      last = Math.max(last, number);
      seq = message.seq + 1;
    }
  }
  return furthest;
}
