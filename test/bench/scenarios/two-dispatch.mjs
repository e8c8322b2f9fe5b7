import { freePort } from '../../../scripts/servers/child.mjs';
import { Service } from '../../../scripts/services.mjs';
import { burst } from '../load.mjs';
import { median } from '../statistics.mjs';

const ACCOUNTS = 16;

/**
 * A second dispatch process takes its share of the partitions without being told. On two cores it has no core of its own:
 * what is shown is that sharing costs little, not that two are faster.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const accounts = await platform.createAccounts(ACCOUNTS);
  const group = 'shared';
  for (const [index, account] of accounts.entries())
    await platform.createWebhook(account, { url: platform.receivers.url(group, index), max_concurrency: 64 });
  const events = context.count(10_000, 200);
  const rateOf = async () => (await burst(platform, { accounts, group, events })).rate;
  await rateOf();
  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    const alone = await rateOf();
    const second = await addDispatch(platform, context);
    const shared = await rateOf();
    await second.stop();
    platform.services.delete('dispatch-2');
    context.say(`round ${round}: one process ${alone.toFixed(0)}/s, two ${shared.toFixed(0)}/s`);
    rounds.push({ alone, shared });
  }
  context.figure(`two dispatch processes, sync ${context.sync}`, median(rounds.map(({ shared }) => shared)), '/s');
  context.figure('÷ one', median(rounds.map(({ alone, shared }) => shared / alone)), '×', { atLeast: 0.8 });
}

/**
 * @param {import('../platform.mjs').Platform} platform
 * @param {import('../context.mjs').Context} context
 */
async function addDispatch({ services }, { stops }) {
  const first = /** @type {Service} */ (services.get('dispatch'));
  const port = await freePort();
  const env = { ...first.env, HEALTH_PORT: String(port) };
  const second = new Service('dispatch', `http://127.0.0.1:${port}/health/ready`, env, first.options);
  services.set('dispatch-2', second);
  stops.add(() => second.kill());
  second.start();
  await second.ready();
  return second;
}
