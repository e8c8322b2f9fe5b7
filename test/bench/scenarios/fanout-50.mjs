import { burst } from '../load.mjs';
import { median } from '../statistics.mjs';

const FAN_OUT = 50;

/**
 * One event for fifty webhooks must not be slower, by the delivery, than fifty events for one webhook each.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const platform = await context.start();
  const { receivers } = platform;
  const one = { accounts: [await platform.createAccount()], group: 'one', fanOut: 1 };
  const many = { accounts: [await platform.createAccount()], group: 'many', fanOut: FAN_OUT };
  for (const { accounts, group, fanOut } of [one, many]) {
    for (const account of accounts) {
      for (let n = 0; n < fanOut; n++)
        await platform.createWebhook(account, { url: receivers.url(group, n), max_concurrency: 64 });
    }
  }
  const deliveries = context.count(10_000, 10 * FAN_OUT);
  const rateOf = async (/** @type {typeof one} */ side) =>
    (await burst(platform, { ...side, events: Math.ceil(deliveries / side.fanOut) })).rate;
  await rateOf(one);
  await rateOf(many);
  const rounds = [];
  for (let round = 1; round <= context.rounds; round++) {
    const rates = { one: await rateOf(one), many: await rateOf(many) };
    context.say(`round ${round}: fan-out 1 ${rates.one.toFixed(0)}/s, fan-out ${FAN_OUT} ${rates.many.toFixed(0)}/s`);
    rounds.push(rates);
  }
  context.figure(`deliveries/s, sync ${context.sync}`, median(rounds.map(({ many: rate }) => rate)), '/s');
  context.figure('÷ fan-out 1', median(rounds.map((rates) => rates.many / rates.one)), '×', { atLeast: 1 });
}
