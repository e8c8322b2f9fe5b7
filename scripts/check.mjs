import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDir } from './services.mjs';

/**
 * `npm test`: build, types, lint, architecture rules, then every test. A failure stops nothing. The last line counts:
 * `N passed, N failed`; each step before the tests counts as one.
 */

const npm = (/** @type {string} */ script) =>
  spawnSync('npm', ['run', '--silent', script], { cwd: projectDir, stdio: 'inherit' }).status === 0;

let passed = 0;
let failed = 0;
for (const step of ['build', 'typecheck', 'lint']) {
  process.stdout.write(`\n== ${step}\n`);
  if (npm(step)) passed++;
  else {
    failed++;
    process.stdout.write(`== ${step} failed\n`);
  }
}

process.stdout.write('\n== tests\n');
const folder = mkdtempSync(join(tmpdir(), 'tidings-check-'));
const resultFile = join(folder, 'result.json');
// Two files at a time: each end-to-end file starts its own servers and five services, and mostly waits for them.
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--maxWorkers=2',
];
spawnSync(process.execPath, [...jest, '--json', `--outputFile=${resultFile}`, ...process.argv.slice(2)], {
  cwd: projectDir,
  stdio: 'inherit',
});
try {
  const result = JSON.parse(readFileSync(resultFile, 'utf8'));
  passed += result.numPassedTests;
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
} catch {
  failed++;
  process.stdout.write('jest ended without a result\n');
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
