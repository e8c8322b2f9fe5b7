import { steady } from '../load.mjs';
import { cpuMs, cpuPerDelivery } from '../processes.mjs';
import { sleep } from '../statistics.mjs';

const STORED = 20_000;
const CONCURRENCY = 64;
/** Fresh events a second of the same account meanwhile. */
const FRESH_RATE = 100;

/**
 * Replays stored events to a webhook that never got them, first alone, then beside fresh events of the same account. Measures
 * the replay's speed and the delay of the fresh events.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const account = await platform.createAccount();
  const fresh = { accounts: [account], group: 'fresh', rate: FRESH_RATE, type: 'deal.lost', seconds: context.seconds(10) };
  const url = platform.receivers.url('replayed');
  await platform.createWebhook(account, { url: platform.receivers.url('fresh'), events: ['deal.lost'] });
  const { id } = await platform.createWebhook(account, { url, events: ['contact.created'], max_concurrency: CONCURRENCY });
  const since = new Date(Date.now() - 60_000).toISOString();
  const stored = context.count(STORED, 1_000);
  await platform.publisher.call('burst', { accountIds: [account.id], type: 'deal.won', count: stored });
  await platform.logged();

  const cpu = cpuMs(platform.pids);
  await begin(platform, account, id, since);
  const alone = await platform.receivers.receive('replayed', stored, 240_000);
  const spent = cpuPerDelivery(cpu, cpuMs(platform.pids), stored);
  context.say(`${stored} replayed in ${alone.seconds.toFixed(1)} s, ${alone.requests - stored} requests too many`);
  context.say(
    `  CPU, µs a replayed delivery: ${Object.entries(spent)
      .map(([name, us]) => `${name} ${us.toFixed(0)}`)
      .join(', ')}`,
  );
  await platform.logged();

  await steady(platform, { ...fresh, seconds: 3 });
  const quiet = await steady(platform, fresh);
  await begin(platform, account, id, since);
  while ((await platform.receivers.count('replayed')) === 0) await sleep(25);
  const beside = await steady(platform, fresh);
  const meanwhile = await platform.receivers.take('replayed');
  context.say(`fresh events alone: p50 ${quiet.p50.toFixed(1)} ms, p99 ${quiet.p99.toFixed(1)} ms`);
  context.say(`beside a replay:    p50 ${beside.p50.toFixed(1)} ms, p99 ${beside.p99.toFixed(1)} ms`);
  context.figure(`replayed, sync ${context.sync}`, stored / alone.seconds, '/s');
  context.figure(`replayed beside ${FRESH_RATE} fresh events/s`, meanwhile.deliveries / meanwhile.seconds, '/s');
  context.figure('p50 of fresh events meanwhile ÷ without', beside.p50 / quiet.p50, '×');
  context.figure('p99 of fresh events meanwhile ÷ without', beside.p99 / quiet.p99, '×', { atMost: 2 });
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {import('../platform.mjs').Account} account
 * @param {string} webhookId
 * @param {string} since
 */
async function begin(platform, account, webhookId, since) {
  await platform.receivers.take('replayed');
  await platform.call(account.key, 'POST', `/webhooks/${webhookId}/replays`, { since, events: ['deal.won'] });
}
