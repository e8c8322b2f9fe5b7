import { readFileSync } from 'node:fs';
import testSequencer from '@jest/test-sequencer';

/** Node imports the class itself, which its types do not say. */
const TestSequencer = /** @type {typeof testSequencer.default} */ (/** @type {unknown} */ (testSequencer));

/** A platform that the worker shares: `usePlatform` without an option that gives the file one of its own. */
const SHARES_A_PLATFORM = /\busePlatform\((?!\{[^}]*\b(env|provisionEnv|isOwn)\b)/;

/**
 * Puts the files that share a platform last. The shared processes live from the first of them to the end of the worker. Beside
 * a file with a platform of its own they would only take its share of the machine.
 */
export default class SharedPlatformsLast extends TestSequencer {
  /** @override */
  async sort(/** @type {import('@jest/test-result').Test[]} */ tests) {
    const isLast = (/** @type {import('@jest/test-result').Test} */ { path }) =>
      path.endsWith('.e2e-spec.ts') && SHARES_A_PLATFORM.test(readFileSync(path, 'utf8'));
    const sorted = await super.sort(tests);
    return [...sorted.filter((test) => !isLast(test)), ...sorted.filter(isLast)];
  }
}
