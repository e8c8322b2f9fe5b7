import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../../scripts/servers/child.mjs';
import { projectDir } from '../../scripts/services.mjs';

/**
 * The languages of docs/guide/verify, and the pinned Standard Webhooks library of each. A library is installed once, into the
 * cache; a machine that cannot reach its registry tests the snippet alone.
 */

const folder = fileURLToPath(new URL('.', import.meta.url));
const cacheDir = join(projectDir, '.cache/standard-webhooks');
const GO_LIBRARY = 'github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1';

/**
 * @typedef {object} Language
 * @property {string} name
 * @property {string} program looked for on PATH
 * @property {((target: string) => boolean) | null} install puts the library into a folder; null: none is tested
 * @property {(library: string | null) => string[]} command reads requests, prints verdicts
 */

/** @type {Language[]} */
export const languages = [
  {
    name: 'node',
    program: 'node',
    install: (target) => run(['npm', 'install', '--no-audit', '--no-fund', '--prefix', target, 'standardwebhooks@1.1.1']),
    command: (library) => [process.execPath, join(folder, 'drive.mjs'), ...optional(library)],
  },
  {
    name: 'python',
    program: 'python3',
    install: (target) => run(['python3', '-m', 'pip', 'install', '-q', '--target', target, 'standardwebhooks==1.1.0']),
    command: (library) => ['python3', join(folder, 'drive.py'), ...optional(library)],
  },
  {
    name: 'php',
    program: 'php',
    // Its library needs Composer, and extensions that few machines have.
    install: null,
    command: () => ['php', join(folder, 'drive.php')],
  },
  {
    name: 'ruby',
    program: 'ruby',
    install: (target) => run(['gem', 'install', '--no-document', '--install-dir', target, 'standardwebhooks:1.1.0']),
    command: (library) => ['ruby', join(folder, 'drive.rb'), ...optional(library)],
  },
  {
    name: 'go',
    program: 'go',
    install: (target) => makeGoModule(target) && run(['go', 'get', GO_LIBRARY], target) && addGoLibrary(target),
    command: (library) => {
      const module = library ?? join(cacheDir, 'go-alone');
      if (library === null) makeGoModule(module);
      copyGoSources(module);
      return ['go', 'run', '-C', module, '.'];
    },
  },
];

/**
 * The verdicts of a language on the requests, or null where the machine does not have it.
 *
 * @param {Language} language
 * @param {object[]} requests
 * @param {(line: string) => void} log
 */
export function verdictsOf(language, requests, log) {
  if (!onPath(language.program)) {
    log(`${language.name}: skipped, ${language.program} is not on this machine`);
    return null;
  }
  const library = libraryOf(language);
  if (library === null) log(`${language.name}: its Standard Webhooks library is skipped, it could not be installed`);
  const [program = '', ...args] = language.command(library);
  const result = spawnSync(program, args, { input: JSON.stringify(requests), encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${language.name} failed: ${result.stderr}`);
  return /** @type {{ standard: boolean, profile: boolean, library: boolean | null }[]} */ (JSON.parse(result.stdout));
}

/** @param {Language} language */
function libraryOf({ name, install }) {
  const target = join(cacheDir, name);
  if (existsSync(target)) return target;
  if (!install) return null;
  const work = `${target}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  if (!install(work)) {
    rmSync(work, { recursive: true, force: true });
    return null;
  }
  renameSync(work, target);
  return target;
}

/** @param {string} target */
function makeGoModule(target) {
  mkdirSync(join(target, 'tidings'), { recursive: true });
  writeFileSync(join(target, 'go.mod'), 'module example.com/drive\n\ngo 1.21\n');
  copyGoSources(target);
  return true;
}

/** @param {string} target */
function copyGoSources(target) {
  copyFileSync(join(folder, 'drive.go'), join(target, 'drive.go'));
  copyFileSync(join(projectDir, 'docs/guide/verify/verify.go'), join(target, 'tidings/verify.go'));
}

/** @param {string} target */
function addGoLibrary(target) {
  copyFileSync(join(folder, 'library.go'), join(target, 'library.go'));
  return true;
}

/** @param {string | null} value */
function optional(value) {
  return value === null ? [] : [value];
}

/**
 * @param {string[]} command
 * @param {string} [cwd]
 */
function run([program = '', ...args], cwd = projectDir) {
  return spawnSync(program, args, { cwd, stdio: 'ignore', timeout: 120_000 }).status === 0;
}
