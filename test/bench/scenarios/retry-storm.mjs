import { freePort } from '../../../scripts/servers/child.mjs';
import { steady } from '../load.mjs';
import { cpuMs, cpuPercent } from '../processes.mjs';
import { median, until } from '../statistics.mjs';
import { maximum } from './latency.mjs';

const ACCOUNTS = 10;
/** Minutes become tenths of a second: retries after 1 s, 2 s and 3 s. Jitter adds up to as much again. */
const TIME_SCALE = '600';
const RETRIES = { max_retries: 3, intervals_seconds: [600, 1_200, 1_800], jitter: 1 };
const OVER_WITHIN_MS = 90_000;

/**
 * Retries a thousand dead webhooks: half refuse connections, half answer 500. Measures what healthy webhooks of the same
 * accounts notice.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start({ env: { TIDINGS_TIME_SCALE: TIME_SCALE } });
  const { receivers } = platform;
  const accounts = await platform.createAccounts(ACCOUNTS);
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const deadEach = context.count(1_000 / ACCOUNTS);
  await receivers.behave('dead', 'fail');
  for (const [a, account] of accounts.entries()) {
    await platform.createWebhook(account, { url: receivers.url('healthy', a), events: ['deal.won'] });
    for (let n = 0; n < deadEach; n++) {
      const url = n % 2 === 0 ? receivers.otherUrl('dead', `${a}-${n}`) : `${nobody}/${a}-${n}`;
      await platform.createWebhook(account, { url, events: ['deal.lost'], retry_policy: RETRIES });
    }
  }
  const healthy = { accounts, group: 'healthy' };
  const rate = (await maximum(context, platform, healthy)) / 4;
  const seconds = context.seconds(8);

  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    const without = await steady(platform, { ...healthy, rate, seconds });
    await receivers.take('dead');
    const cpu = cpuMs(platform.pids);
    const storm = { accountIds: accounts.map(({ id }) => id), type: 'deal.lost', count: ACCOUNTS };
    await platform.publisher.call('burst', storm);
    const beside = await steady(platform, { ...healthy, rate, seconds });
    const spent = cpuPercent(cpu, cpuMs(platform.pids), seconds);
    // Refused connections reach no receiver; there are as many of them.
    const { requests } = await receivers.take('dead');
    await isOver(platform);
    context.say(
      `round ${round}, ${rate.toFixed(0)}/s: p99 of the healthy ${without.p99.toFixed(1)} ms, beside about ${((2 * requests) / seconds).toFixed(0)} ` +
        `failing attempts/s ${beside.p99.toFixed(1)} ms (p50 ${without.p50.toFixed(1)} and ${beside.p50.toFixed(1)} ms)`,
    );
    const load = Object.entries(spent).map(([name, percent]) => `${name} ${percent.toFixed(0)} %`);
    context.say(`  CPU meanwhile: ${load.join(', ')}`);
    rounds.push({ without: without.p99, beside: beside.p99 });
  }
  const dead = ACCOUNTS * deadEach;
  context.figure(
    `p99 of the healthy beside ${dead} dead, sync ${context.sync}`,
    median(rounds.map(({ beside }) => beside)),
    'ms',
  );
  context.figure('÷ without', median(rounds.map(({ without, beside }) => beside / without)), '×', { atMost: 2 });
}

/**
 * Waits until nothing is to be tried again, so that the next round begins in quiet.
 *
 * @param {import('../platform.mjs').Platform} platform
 */
async function isOver(platform) {
  let waiting = 0;
  const isEmpty = async () => {
    waiting = (await platform.jetstream.jsm.streams.info('RETRIES')).state.messages;
    return waiting === 0;
  };
  await until(isEmpty, OVER_WITHIN_MS, () => `${waiting} retries still waited`);
  await platform.logged();
}
