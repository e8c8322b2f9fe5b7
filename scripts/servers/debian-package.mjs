import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchError, onPath } from './child.mjs';

/** Debian suites to search, in this order, for a newer version than the system's own. */
const SUITES = ['forky', 'testing'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Brings Debian packages into a folder of the cache, without root. Apt runs with its own lists, cache and sources, so the
 * system's apt state stays untouched; signatures are checked. Returns the folder, or null on a machine without apt.
 *
 * @param {{ names: string[], cacheDir: string, log: (line: string) => void }} options
 */
export async function debianPackages({ names, cacheDir, log }) {
  const target = join(cacheDir, 'debian', names.join('+'));
  if (existsSync(join(target, '.complete'))) return target;
  const mirror = findMirror();
  if (!mirror || !onPath('apt-get') || !onPath('dpkg') || !existsSync(KEYRING)) return null;
  for (const suite of SUITES) {
    const work = join(cacheDir, 'apt', suite);
    for (const folder of ['lists/partial', 'cache/archives/partial', 'debs']) mkdirSync(join(work, folder), { recursive: true });
    writeFileSync(join(work, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
    const options = [
      `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::Lists=${join(work, 'lists')}`,
      `Dir::Cache=${join(work, 'cache')}`,
      'APT::Sandbox::User=',
    ].flatMap((option) => ['-o', option]);
    log(`downloading ${names.join(', ')} from Debian ${suite} …`);
    const isThere =
      (await run('apt-get', [...options, '-q', 'update'], work)) &&
      (await run('apt-get', [...options, '-q', 'download', ...names], join(work, 'debs')));
    if (!isThere) continue;
    const unpacked = `${target}.${process.pid}`;
    mkdirSync(unpacked, { recursive: true });
    const debs = readdirSync(join(work, 'debs')).filter(
      (file) => file.endsWith('.deb') && names.some((name) => file.startsWith(`${name}_`)),
    );
    for (const deb of debs) {
      if (!(await run('dpkg', ['-x', join(work, 'debs', deb), unpacked], work)))
        throw new LaunchError(`${deb} could not be unpacked. Delete the folder .cache/apt and try again.`);
    }
    writeFileSync(join(unpacked, '.complete'), '');
    rmSync(target, { recursive: true, force: true });
    renameSync(unpacked, target);
    rmSync(join(work, 'lists'), { recursive: true, force: true });
    return target;
  }
  return null;
}

/** Returns the Debian mirror of this machine's own apt, or null. */
function findMirror() {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : []),
  ].filter((file) => existsSync(file));
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const uri =
      /^URIs:\s*(\S*\/debian\/?)(\s|$)/m.exec(text)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S*\/debian\/?)\s/m.exec(text)?.[1];
    if (uri) return uri;
  }
  return null;
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
function run(program, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
