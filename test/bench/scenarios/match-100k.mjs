import { Forked } from '../forked.mjs';

/**
 * A hundred thousand webhooks in the directory of one process: what matching an event costs, and what the index takes beyond
 * the webhooks themselves.
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
}
