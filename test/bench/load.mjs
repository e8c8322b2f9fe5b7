/**
 * Sends as many events as go through and waits for all deliveries, then for the log.
 *
 * @param {import('./platform.mjs').Platform} platform
 * @param {{ accounts: import('./platform.mjs').Account[], group: string, events: number, fanOut?: number, type?: string }} what
 * @returns {Promise<{ rate: number, logged: number }>} deliveries a second, to the receivers and to the log
 */
export async function burst(platform, { accounts, group, events, fanOut = 1, type = 'deal.won' }) {
  const { publisher, receivers } = platform;
  const deliveries = events * fanOut;
  await receivers.take(group);
  const startedAt = performance.now();
  const rateNow = () => deliveries / ((performance.now() - startedAt) / 1000);
  const accountIds = accounts.map(({ id }) => id);
  await Promise.all([publisher.call('burst', { accountIds, type, count: events }), receivers.receive(group, deliveries)]);
  const rate = rateNow();
  await platform.logged();
  return { rate, logged: rateNow() };
}

/**
 * Sends at a steady rate for some seconds, and waits until all deliveries arrived.
 *
 * @param {import('./platform.mjs').Platform} platform
 * @param {object} what
 * @param {import('./platform.mjs').Account[]} what.accounts
 * @param {string} what.group
 * @param {number} what.rate events a second
 * @param {number} what.seconds
 * @param {number} [what.fanOut] deliveries to the group for each event
 * @param {string} [what.type]
 * @param {import('./forked.mjs').Forked} [what.publisher]
 */
export async function steady(platform, what) {
  const { accounts, group, rate, seconds, fanOut = 1, type = 'deal.won', publisher = platform.publisher } = what;
  await platform.receivers.take(group);
  const accountIds = accounts.map(({ id }) => id);
  const events = await publisher.call('steady', { accountIds, type, rate, seconds });
  return platform.receivers.receive(group, events * fanOut);
}
