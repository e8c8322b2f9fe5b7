import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LaunchError, onPath, startChild, startUntil, stopChild } from './child.mjs';
import { debianPackages } from './debian-package.mjs';

/** Debian's newest Redis needs a newer libc than the system may have, so its loader and libraries come along. */
const PACKAGES =
  'redis-server redis-tools libc6 libstdc++6 libgcc-s1 libatomic1 libjemalloc2 liblzf1 libssl3t64 libsystemd0 libcap2 zlib1g libzstd1'.split(
    ' ',
  );

/**
 * Returns the command that starts a redis-server: from PATH, else from Debian's package. Only the benchmark's baseline needs it.
 *
 * @param {{ cacheDir: string, log: (line: string) => void }} options
 */
async function findRedis({ cacheDir, log }) {
  const installed = onPath('redis-server');
  if (installed) return [installed];
  const folder = await debianPackages({ names: PACKAGES, cacheDir, log });
  const libraries = folder && librariesIn(join(folder, 'usr/lib'));
  const program = join(folder ?? '', 'usr/bin/redis-server');
  if (libraries && existsSync(program)) return [libraries.loader, '--library-path', libraries.folder, program];
  throw new LaunchError('No redis-server was found: install one (`apt-get install redis-server`), or leave the baseline out.');
}

/**
 * Returns the folder of one architecture's libraries (`x86_64-linux-gnu`) and its loader.
 *
 * @param {string} root
 */
function librariesIn(root) {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    const folder = join(root, name);
    const loader = name.endsWith('-linux-gnu') && readdirSync(folder).find((file) => /^ld-linux.*\.so\.\d+$/.test(file));
    if (loader) return { folder, loader: join(folder, loader) };
  }
  return null;
}

/**
 * Starts a Redis on 127.0.0.1 with its append-only file. `everysec` may lose the last second, `always` answers after fsync.
 *
 * @param {{ dataDir: string, cacheDir: string, appendfsync: 'everysec' | 'always', log?: (line: string) => void }} options
 */
export async function startRedis({ dataDir, cacheDir, appendfsync, log = () => {} }) {
  const command = await findRedis({ cacheDir, log });
  const port = await freePort();
  mkdirSync(dataDir, { recursive: true });
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync,
    // No snapshots beside the append-only file, and no eviction: a queue must keep its jobs.
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = await startUntil(
    (onLine) => startChild([...command, ...args], { deathSignal: 'TERM', onLine }),
    /Ready to accept connections/,
    { name: 'redis-server', timeoutMs: 30_000 },
  );
  return { port, process: child, stop: () => stopChild(child, 'SIGTERM', 10_000) };
}
