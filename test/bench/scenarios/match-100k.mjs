import { Forked } from '../forked.mjs';

/**
 * Measures a directory of a hundred thousand webhooks in one process: the cost of matching an event, and the index's memory.
 * Runs once with usual accounts, and once with thousands of webhooks that share a pattern and differ by filter.
 *
 * @param {import('../context.mjs').Context} context
 */
export async function run(context) {
  const child = new Forked('directory', new URL('../directory.mjs', import.meta.url), ['--expose-gc']);
  context.stops.add(() => child.stop());
  const webhooks = context.count(100_000, 1_000);
  const result = await child.call('measure', { webhooks, rounds: context.rounds });
  context.say(
    `${webhooks} webhooks, ${result.matches.toFixed(1)} matches an event, ${result.webhookBytes.toFixed(0)} bytes a compiled webhook`,
  );
  context.figure(`match, ${webhooks} webhooks`, result.matchUs, 'µs', { atMost: 2 });
  context.figure('index of a webhook', result.indexBytes, 'bytes', { atMost: 100 });
  const filtered = await child.call('measureFiltered', { webhooks, rounds: context.rounds });
  context.say(
    `${filtered.perAccount} filters on one pattern, ${filtered.matches.toFixed(1)} matches an event: ${filtered.foundUs.toFixed(1)} µs found by value (${filtered.foundBytes.toFixed(0)} bytes of index), ${filtered.evaluatedUs.toFixed(1)} µs evaluated (${filtered.evaluatedBytes.toFixed(0)} bytes)`,
  );
  context.figure('filters evaluated one by one ÷ found by value', filtered.evaluatedUs / filtered.foundUs, '×', { atLeast: 10 });
  context.figure('index of a webhook found by value', filtered.foundBytes, 'bytes', { atMost: 160 });
}
