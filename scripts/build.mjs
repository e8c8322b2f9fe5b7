import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LaunchError } from './servers/child.mjs';
import { projectDir } from './services.mjs';

const STAMP = join(projectDir, 'dist/.built');

/**
 * Builds `dist` when it is missing or older than a source.
 *
 * @param {(line: string) => void} log
 */
export function buildIfNeeded(log) {
  if (existsSync(STAMP) && statSync(STAMP).mtimeMs >= newestSource()) return;
  log('building …');
  const startedAt = new Date();
  const nest = join(projectDir, 'node_modules/@nestjs/cli/bin/nest.js');
  if (!existsSync(nest)) throw new LaunchError('The dependencies are not installed. Run `npm ci` first.');
  const result = spawnSync(process.execPath, [nest, 'build', '--all', '-b', 'swc'], { cwd: projectDir, encoding: 'utf8' });
  if (result.status !== 0) throw new LaunchError(`The build failed:\n${result.stdout}${result.stderr}`);
  writeFileSync(STAMP, startedAt.toISOString());
}

function newestSource() {
  let newest = Math.max(
    ...['package-lock.json', '.swcrc', 'nest-cli.json'].map((file) => statSync(join(projectDir, file)).mtimeMs),
  );
  for (const root of ['services', 'libs']) {
    for (const entry of readdirSync(join(projectDir, root), { recursive: true, withFileTypes: true })) {
      // The API client's types are made from the build, after it.
      if (entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.endsWith('api-client/src/generated'))
        newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
    }
  }
  return newest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildIfNeeded((line) => process.stdout.write(`${line}\n`));
