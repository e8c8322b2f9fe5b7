import { steady } from '../load.mjs';
import { median } from '../statistics.mjs';
import { maximum } from './latency.mjs';

const ACCOUNTS = 4;
const WEBHOOKS = 5;
/** Two of the twenty, each in an account with healthy ones. */
const HANGING = new Set(['0-0', '1-0']);
const TIMEOUT_SECONDS = 5;

/**
 * Twenty webhooks, of which two never answer: what the others notice of it, at the same rate.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const { receivers } = platform;
  const probe = { accounts: await platform.createAccounts(ACCOUNTS), group: 'probe', fanOut: WEBHOOKS };
  await createWebhooks(platform, probe.accounts, () => 'probe');
  // A third of what goes through: the timed-out requests are to be what makes the difference, not a full machine.
  const rate = (await maximum(context, platform, probe)) / WEBHOOKS / 3;
  const seconds = context.seconds(10);

  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    // New accounts: what a round leaves waiting is not the next one's.
    const accounts = await platform.createAccounts(ACCOUNTS);
    const hanging = `hanging-${round}`;
    const healthy = `healthy-${round}`;
    const webhooks = await createWebhooks(platform, accounts, (name) => (HANGING.has(name) ? hanging : healthy));
    // An event has five deliveries. Over all accounts, eighteen of twenty go to healthy webhooks.
    const share = (ACCOUNTS * WEBHOOKS - HANGING.size) / ACCOUNTS;
    const events = Math.floor((rate * seconds) / ACCOUNTS) * ACCOUNTS;
    const load = { accounts, group: healthy, rate, seconds: events / rate, fanOut: share };
    const without = await steady(platform, load);
    await receivers.take(hanging);
    await receivers.behave(hanging, 'hang');
    const beside = await steady(platform, load);
    const { requests } = await receivers.take(hanging);
    for (const { account, id } of webhooks) await platform.call(account.key, 'DELETE', `/webhooks/${id}`);
    await receivers.behave(hanging, 'answer');
    context.say(
      `round ${round}, ${(rate * WEBHOOKS).toFixed(0)} deliveries/s: p99 of the healthy ${without.p99.toFixed(1)} ms, beside ` +
        `hanging ones ${beside.p99.toFixed(1)} ms (p50 ${without.p50.toFixed(1)} and ${beside.p50.toFixed(1)} ms; ${requests} requests hung)`,
    );
    rounds.push({ without: without.p99, beside: beside.p99 });
  }
  context.figure(`p99 of the healthy beside them, sync ${context.sync}`, median(rounds.map(({ beside }) => beside)), 'ms');
  context.figure('÷ without', median(rounds.map(({ without, beside }) => beside / without)), '×', { atMost: 2 });
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {import('../platform.mjs').Account[]} accounts
 * @param {(name: string) => string} groupOf a webhook by its name
 */
async function createWebhooks(platform, accounts, groupOf) {
  const webhooks = [];
  for (const [a, account] of accounts.entries()) {
    for (let w = 0; w < WEBHOOKS; w++) {
      const name = `${a}-${w}`;
      const { receivers } = platform;
      const url = HANGING.has(name) ? receivers.otherUrl(groupOf(name), name) : receivers.url(groupOf(name), name);
      const { id } = await platform.createWebhook(account, { url, retry_policy: { timeout_seconds: TIMEOUT_SECONDS } });
      webhooks.push({ account, id });
    }
  }
  return webhooks;
}
