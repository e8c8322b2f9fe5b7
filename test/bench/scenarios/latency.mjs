import { burst, steady } from '../load.mjs';
import { median } from '../statistics.mjs';

/**
 * From the publish to the request, at half of what goes through at most on this machine.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const accounts = [await platform.createAccount()];
  const group = 'latency';
  for (const account of accounts)
    await platform.createWebhook(account, { url: platform.receivers.url(group), max_concurrency: 64 });

  const rate = (await maximum(context, platform, { accounts, group })) / 2;
  const taken = [];
  for (let round = 1; round <= context.rounds; round++) {
    const result = await steady(platform, { accounts, group, rate, seconds: context.seconds(10) });
    context.say(`round ${round}, ${rate.toFixed(0)}/s: p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms`);
    taken.push(result);
  }
  const at = `sync ${context.sync}, at ${rate.toFixed(0)}/s`;
  context.figure(`p50, ${at}`, median(taken.map(({ p50 }) => p50)), 'ms', { atMost: 5 });
  context.figure(`p99, ${at}`, median(taken.map(({ p99 }) => p99)), 'ms', { atMost: 25 });
}

/**
 * Deliveries a second at most, after warming up. Other scenarios set their rates by it.
 *
 * @param {import('../context.mjs').Context} context
 * @param {import('../platform.mjs').Platform} platform
 * @param {{ accounts: import('../platform.mjs').Account[], group: string, fanOut?: number }} what
 */
export async function maximum(context, platform, { accounts, group, fanOut = 1 }) {
  const events = Math.ceil(3_000 / fanOut);
  const rates = [];
  await burst(platform, { accounts, group, fanOut, events });
  for (let round = 0; round < context.rounds; round++) {
    const { rate } = await burst(platform, { accounts, group, fanOut, events });
    rates.push(rate);
  }
  return median(rates);
}
