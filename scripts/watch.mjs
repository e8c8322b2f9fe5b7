import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { projectDir } from './services.mjs';

/** Editors write a file in several steps, and a change of a branch touches many files. */
const QUIET_MS = 150;

/**
 * `npm run dev`: compiles every source that changes, then restarts the services that use it.
 *
 * @param {Map<string, import('./services.mjs').Service>} services
 * @param {(line: string) => void} log
 */
export function watchSources(services, log) {
  /** @type {Set<string>} */
  const changed = new Set();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let working = Promise.resolve();
  for (const root of ['services', 'libs']) {
    watch(join(projectDir, root), { recursive: true }, (_event, name) => {
      if (!name || !/(?<!spec|\.d)\.ts$/.test(name) || name.includes('generated')) return;
      changed.add(join(root, name));
      clearTimeout(timer);
      timer = setTimeout(() => {
        const files = [...changed];
        changed.clear();
        working = working.then(() => applyChanges(files, services, log));
      }, QUIET_MS);
    });
  }
}

/**
 * @param {string[]} files
 * @param {Map<string, import('./services.mjs').Service>} services
 * @param {(line: string) => void} log
 */
async function applyChanges(files, services, log) {
  try {
    await Promise.all(files.map(compile));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log(`not restarted: ${message.split('\n\nCaused by')[0]?.trim()}`);
    return;
  }
  const names = [...services.keys()].filter((name) => {
    const projects = projectsOf(`services/${name}`);
    return files.some((file) => projects.has(file.split('/').slice(0, 2).join('/')));
  });
  if (names.length === 0) return;
  log(`${files.join(', ')} changed: restarting ${names.join(', ')} …`);
  await Promise.all(names.map((name) => restart(services.get(name), log)));
}

/**
 * @param {import('./services.mjs').Service | undefined} service
 * @param {(line: string) => void} log
 */
async function restart(service, log) {
  const startedAtMs = Date.now();
  await service?.stop();
  service?.start();
  await service?.ready().then(
    () => log(`${service.name} is ready after ${Date.now() - startedAtMs} ms`),
    (error) => log(error.message),
  );
}

/** @param {string} file relative to the project, with its extension `.ts` */
async function compile(file) {
  const target = join(projectDir, 'dist', file.replace(/\.ts$/, '.js'));
  if (!existsSync(join(projectDir, file))) return rmSync(target, { force: true });
  const source = join(projectDir, file);
  const { code, map } = await transformFile(source, { configFile: join(projectDir, '.swcrc'), sourceFileName: source });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${code}\n//# sourceMappingURL=${basename(target)}.map`);
  if (map) writeFileSync(`${target}.map`, map);
}

/**
 * A service and every lib that it imports, directly or through another lib.
 *
 * @param {string} project `services/dispatch`
 * @param {Set<string>} [found]
 */
function projectsOf(project, found = new Set()) {
  if (found.has(project)) return found;
  found.add(project);
  for (const entry of readdirSync(join(projectDir, project, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const source = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, lib] of source.matchAll(/'#(libs\/[\w-]+)\//g)) if (lib) projectsOf(lib, found);
  }
  return found;
}
