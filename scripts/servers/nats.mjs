import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LaunchError, onPath, startChild, startUntil, stopChild } from './child.mjs';
import { debianPackages } from './debian-package.mjs';
import { writePrivate } from './private-file.mjs';

/** The oldest usable server. libs/jetstream/src/provision.ts lists the features that Tidings needs. */
const MAJOR_MIN = 2;
const MINOR_MIN = 12;

/**
 * Finds a nats-server that is new enough: NATS_SERVER_BIN, then PATH, then the cache, then Debian's package.
 *
 * @param {{ cacheDir: string, log?: (line: string) => void }} options
 */
export async function findNatsServer({ cacheDir, log = () => {} }) {
  const named = process.env['NATS_SERVER_BIN'];
  if (named) {
    if (!isNewEnough(named))
      throw new LaunchError(`NATS_SERVER_BIN is ${named}, which is not a nats-server ${MAJOR_MIN}.${MINOR_MIN} or newer.`);
    return named;
  }
  const installed = onPath('nats-server');
  if (installed && isNewEnough(installed)) return installed;
  const folder = await debianPackages({ names: ['nats-server'], cacheDir, log });
  const unpacked = ['usr/sbin/nats-server', 'usr/bin/nats-server']
    .map((path) => join(folder ?? '', path))
    .find((path) => existsSync(path));
  if (folder && unpacked && isNewEnough(unpacked)) return unpacked;
  throw new LaunchError(
    `No nats-server ${MAJOR_MIN}.${MINOR_MIN} or newer was found${installed ? ` (${installed} is older)` : ''}. ` +
      'Install one and name it in NATS_SERVER_BIN, or run `docker compose -f deploy/compose.yaml up -d nats` and set NATS_URL=nats://127.0.0.1:4222.',
  );
}

/** @param {string} program */
function isNewEnough(program) {
  try {
    const [, major = '0', minor = '0'] =
      /v?(\d+)\.(\d+)\.\d+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
    return Number(major) > MAJOR_MIN || (Number(major) === MAJOR_MIN && Number(minor) >= MINOR_MIN);
  } catch {
    return false;
  }
}

/**
 * Starts a NATS server with JetStream on 127.0.0.1. We ship `sync: 'always'`: an acknowledged message is on disk. NATS' own
 * default loses the last two minutes with the machine. `access` is the `authorization` block of the configuration; without
 * it, everybody may do everything.
 *
 * @param {{ dataDir: string, cacheDir: string, port?: number, sync?: string, access?: string, log?: (line: string) => void }} options
 */
export async function startNats({ dataDir, cacheDir, port, sync = 'always', access = '', log }) {
  const program = await findNatsServer({ cacheDir, ...(log ? { log } : {}) });
  const listenPort = port || (await freePort());
  mkdirSync(dataDir, { recursive: true });
  const configFile = join(dataDir, 'nats.conf');
  const config = [
    `listen: "127.0.0.1:${listenPort}"`,
    'server_name: tidings',
    // Fits an event of 256 KiB, or a batch of facts, with headers.
    'max_payload: 2097152',
    'max_pending: 268435456',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(dataDir, 'jetstream'))}`,
    `  sync_interval: ${sync}`,
    '  max_mem: 256MB',
    '  max_file: 1TB',
    '}',
    access,
  ];
  writePrivate(configFile, `${config.join('\n')}\n`);
  const child = await startUntil(
    (onLine) => startChild([program, '-c', configFile], { deathSignal: 'TERM', onLine }),
    /Server is ready/,
    {
      name: 'nats-server',
      timeoutMs: 30_000,
    },
  );
  return {
    url: `nats://127.0.0.1:${listenPort}`,
    port: listenPort,
    process: child,
    stop: () => stopChild(child, 'SIGTERM', 10_000),
    kill: () => stopChild(child, 'SIGKILL', 1_000),
  };
}
