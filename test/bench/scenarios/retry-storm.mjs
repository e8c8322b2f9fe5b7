import { freePort } from '../../../scripts/servers/child.mjs';
import { steady } from '../load.mjs';
import { median } from '../statistics.mjs';
import { maximum } from './latency.mjs';

const ACCOUNTS = 10;
/** Intervals of 5 s, 5 min, 30 min, 2 h … become 8 ms, 0.5 s, 3 s, 12 s …: all within the measurement. */
const TIME_SCALE = '600';

/**
 * A thousand dead webhooks, half of which refuse connections and half of which answer 500, and their retries: what healthy
 * webhooks of the same accounts notice.
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
      await platform.createWebhook(account, { url, events: ['deal.lost'] });
    }
  }
  const healthy = { accounts, group: 'healthy' };
  const rate = (await maximum(context, platform, healthy)) / 4;
  const seconds = context.seconds(8);

  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    const without = await steady(platform, { ...healthy, rate, seconds });
    await receivers.take('dead');
    const storm = platform.publisher.call('burst', {
      accountIds: accounts.map(({ id }) => id),
      type: 'deal.lost',
      count: ACCOUNTS,
    });
    const [beside] = await Promise.all([steady(platform, { ...healthy, rate, seconds }), storm]);
    // Those that refuse connections are not seen by anybody; they are as many.
    const { requests } = await receivers.take('dead');
    const attempts = ((2 * requests) / seconds).toFixed(0);
    context.say(
      `round ${round}, ${rate.toFixed(0)}/s: p99 of the healthy ${without.p99.toFixed(1)} ms, in a storm of about ${attempts} ` +
        `failing attempts/s ${beside.p99.toFixed(1)} ms (p50 ${without.p50.toFixed(1)} and ${beside.p50.toFixed(1)} ms)`,
    );
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
