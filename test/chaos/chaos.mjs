import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../scripts/build.mjs';
import { projectDir } from '../../scripts/services.mjs';

/**
 * `npm run chaos`: every fault with five seeds. `npm run chaos -- --seed 7 --point dispatch.settled` is one run again; either
 * may be left out, and `--point` may name several, separated by commas.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, point: { type: 'string' } } });
buildIfNeeded((line) => process.stdout.write(`${line}\n`));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const { status } = spawnSync(process.execPath, [...jest, '--config', 'test/chaos/jest.config.mjs', '--runInBand'], {
  cwd: projectDir,
  stdio: 'inherit',
  env: { ...process.env, CHAOS_SEED: values.seed ?? '', CHAOS_POINT: values.point ?? '' },
});
process.exit(status ?? 1);
