import { PARTITIONS } from '#libs/contracts/src/subjects';
import { burst } from '../load.mjs';
import { memoryMib } from '../processes.mjs';
import { median, sleep, until } from '../statistics.mjs';
import { processTable } from '../table.mjs';

const WAITING = 1_000_000;
/** Written in parts, so that an end can be seen. */
const PART = 100_000;
const TAKEN_WITHIN_MS = 600_000;
/** Resident memory of Node moves by this much on its own. */
const FLAT_MIB = 64;

/**
 * A million retries that wait for an hour: the memory of our processes stays what it was, and fresh events flow as before.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  // Writing a million messages one fsync each would take the time of all other scenarios together.
  const platform = await context.start({ sync: '2m' });
  const accounts = await platform.createAccounts(4);
  const group = 'fresh';
  for (const [n, account] of accounts.entries())
    await platform.createWebhook(account, { url: platform.receivers.url(group, n), max_concurrency: 64 });
  const events = context.count(5_000, 500);
  const fresh = async () => {
    const rates = [];
    for (let round = 0; round < context.rounds; round++) rates.push((await burst(platform, { accounts, group, events })).rate);
    return median(rates);
  };
  await burst(platform, { accounts, group, events: 2_000 });
  const rateBefore = await fresh();
  const before = memoryMib(platform.pids);

  const total = context.count(WAITING, 1_000);
  const accountIds = accounts.map(({ id }) => id);
  for (let written = 0; written < total; written += PART) {
    const count = Math.min(PART, total - written);
    const seconds = await platform.publisher.call('waiting', { accountIds, partitions: PARTITIONS, count });
    context.say(`${written + count} of ${total} retries written, ${(count / seconds).toFixed(0)}/s`);
  }
  await allTaken(platform, total);
  await sleep(2_000);
  const after = memoryMib(platform.pids);
  context.say(`\nresident memory, MiB\n${processTable({ before, [`${total} waiting`]: after })}\n`);
  const rateAfter = await fresh();
  context.say(`fresh events: ${rateBefore.toFixed(0)}/s before, ${rateAfter.toFixed(0)}/s beside ${total} waiting`);

  for (const name of platform.services.keys())
    context.figure(`${name}: memory more with ${total} waiting`, grown(before, after, name), 'MiB', { atMost: FLAT_MIB });
  context.figure('nats: memory more', grown(before, after, 'nats'), 'MiB');
  context.figure('fresh flow ÷ before, sync 2m', rateAfter / rateBefore, '×', { atLeast: 0.9 });
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} after
 * @param {string} name
 */
function grown(before, after, name) {
  return (after[name] ?? 0) - (before[name] ?? 0);
}

/**
 * Waits until dispatch has seen each of them and put it off.
 *
 * @param {import('../platform.mjs').Platform} platform
 * @param {number} total
 */
async function allTaken(platform, total) {
  let taken = 0;
  const isTaken = async () => {
    const consumers = await platform.jetstream.jsm.consumers.list('RETRIES').next();
    taken = consumers.reduce((sum, { num_ack_pending }) => sum + num_ack_pending, 0);
    return consumers.every(({ num_pending }) => num_pending === 0);
  };
  await until(isTaken, TAKEN_WITHIN_MS, () => `dispatch took only ${taken} of ${total} retries`);
}
