import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres.mjs';
import { projectDir } from '../../scripts/services.mjs';

/**
 * A server that a test may also kill, and start again on the same port and data.
 *
 * @typedef {object} TestServer
 * @property {string} url
 * @property {() => import('node:child_process').ChildProcess | null} child its process; null for a container
 * @property {string | null} folder of its data; null for a container
 * @property {() => Promise<void>} stop
 * @property {(awayMs?: number) => Promise<void>} killAndRestart kill -9, then the same server again, `awayMs` later
 */

/**
 * @typedef {object} Started
 * @property {string} url
 * @property {number} port
 * @property {import('node:child_process').ChildProcess} process
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill
 */

const cacheDir = join(projectDir, '.cache');

/**
 * A NATS of the test's own: a container where there is an engine, else the launcher's. `access` is as `startNats` takes it.
 *
 * @param {string} [access]
 * @returns {Promise<TestServer>}
 */
export async function testNats(access = '') {
  const container = await inContainer({
    image: 'nats:2.12-alpine',
    port: 4222,
    command: ['-js', '-c', '/access.conf'],
    urlOf: (port) => `nats://127.0.0.1:${port}`,
    files: [{ target: '/access.conf', content: access }],
  });
  return container ?? own((options) => startNats({ ...options, access }));
}

/**
 * A PostgreSQL of the test's own, with an empty database `tidings`.
 *
 * @returns {Promise<TestServer>}
 */
export async function testPostgres() {
  const container = await inContainer({
    image: 'postgres:18-alpine',
    port: 5432,
    command: [],
    urlOf: (port) => `postgresql://tidings@127.0.0.1:${port}/tidings`,
    environment: { POSTGRES_USER: 'tidings', POSTGRES_HOST_AUTH_METHOD: 'trust' },
  });
  return container ?? own(startPostgres);
}

/**
 * @param {(options: { dataDir: string, cacheDir: string, port?: number }) => Promise<Started>} start
 * @returns {Promise<TestServer>}
 */
async function own(start) {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-'));
  const dataDir = join(folder, 'data');
  let server = await start({ dataDir, cacheDir });
  return {
    url: server.url,
    child: () => server.process,
    folder,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    async killAndRestart(awayMs = 0) {
      await server.kill();
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      server = await start({ dataDir, cacheDir, port: server.port });
    },
  };
}

/**
 * @param {object} container
 * @param {string} container.image
 * @param {number} container.port
 * @param {string[]} container.command
 * @param {(port: number) => string} container.urlOf
 * @param {Record<string, string>} [container.environment]
 * @param {{ target: string, content: string }[]} [container.files]
 * @returns {Promise<TestServer | null>} null where there is no container engine
 */
async function inContainer({ image, port, command, urlOf, environment = {}, files = [] }) {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return null;
  }
  const container = await new GenericContainer(image)
    .withEnvironment(environment)
    .withCopyContentToContainer(files)
    .withCommand(command)
    .withExposedPorts(port)
    .start();
  return {
    url: urlOf(container.getMappedPort(port)),
    child: () => null,
    folder: null,
    async stop() {
      await container.stop();
    },
    async killAndRestart() {
      await container.restart({ timeout: 0 });
    },
  };
}
