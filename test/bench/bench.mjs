import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from '../../scripts/build.mjs';

/**
 * `npm run bench`: every scenario, each on a platform of its own, and one table of what was measured beside what is to be
 * reached. `npm run bench -- full latency` runs only those. Machines are noisy: trust the ratios, which are taken side by side.
 *
 * - BENCH_SCALE=0.1 multiplies all counts.
 * - BENCH_SYNC: NATS' `sync_interval` where a scenario runs with one only; `always` is what we ship.
 */

const folder = fileURLToPath(new URL('scenarios/', import.meta.url));
/** From the quick ones to those that fill the disk. */
const ORDER =
  'match-100k log full latency two-dispatch fanout-50 hanging-10-percent retry-storm replay held-100k waiting-1m'.split(' ');

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @type {import('./context.mjs').Context | null} */
let current = null;

async function bench() {
  const known = readdirSync(folder)
    .map((file) => file.replace(/\.mjs$/, ''))
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}. Those are: ${known.join(', ')}.`);
  const scale = Number(process.env['BENCH_SCALE'] || 1);
  if (!(scale > 0 && scale <= 10)) throw new Error('BENCH_SCALE must be a number between 0 and 10.');
  const sync = process.env['BENCH_SYNC'] || 'always';

  buildIfNeeded(say);
  // They import the build, so only now.
  const { Context } = await import('./context.mjs');
  const { table } = await import('./table.mjs');
  /** @type {import('./context.mjs').Figure[]} */
  const figures = [];
  /** @type {string[]} */
  const failed = [];
  for (const name of asked.length > 0 ? asked : known) {
    say(`\n── ${name}`);
    const context = new Context(name, { scale, sync, say, figures });
    current = context;
    const startedAt = performance.now();
    try {
      const { run } = /** @type {{ run: (context: import('./context.mjs').Context) => Promise<void> }} */ (
        await import(new URL(`scenarios/${name}.mjs`, import.meta.url).href)
      );
      await run(context);
    } catch (error) {
      failed.push(name);
      say(`${name} FAILED: ${error instanceof Error ? error.stack : String(error)}`);
      say(await whereabouts(context));
    } finally {
      await context.stops.run(say);
    }
    say(`(${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
  }
  say(`\n${table(figures)}`);
  if (failed.length > 0) say(`\nFAILED to run: ${failed.join(', ')}; see above.`);
  return failed.length === 0 ? 0 : 1;
}

/**
 * Describes the platform's streams and processes, to find the cause of a failed scenario.
 *
 * @param {import('./context.mjs').Context} context
 */
async function whereabouts({ platform }) {
  return platform ? platform.whereabouts().catch((error) => `the streams could not be asked: ${error}`) : '';
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  // A platform leaves gigabytes in the temporary folder unless it is stopped.
  process.once(signal, () => void current?.stops.run(() => {}).finally(() => process.exit(130)));
}

bench().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
