import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDir } from '../../scripts/services.mjs';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres.mjs';

/** A server that a test may also kill, and start again on the same port and data. */
export interface TestServer {
  url: string;
  stop(): Promise<void>;
  /** kill -9, then the same server again. `awayMs` between the two. */
  killAndRestart(awayMs?: number): Promise<void>;
}

const cacheDir = join(projectDir, '.cache');

/** A NATS of the test's own: a container where there is an engine, else the launcher's. `access` as `startNats` takes it. */
export async function testNats(access = ''): Promise<TestServer> {
  const container = await inContainer('nats:2.12-alpine', 4222, ['-js', '-c', '/access.conf'], 'nats://127.0.0.1:', '', {
    file: { target: '/access.conf', content: access },
  });
  return container ?? own((options) => startNats({ ...options, access }));
}

/** A PostgreSQL of the test's own, with an empty database `tidings`. */
export async function testPostgres(): Promise<TestServer> {
  return (
    (await inContainer('postgres:18-alpine', 5432, [], 'postgresql://tidings@127.0.0.1:', '/tidings', {
      environment: { POSTGRES_USER: 'tidings', POSTGRES_HOST_AUTH_METHOD: 'trust' },
    })) ?? own(startPostgres)
  );
}

interface Started {
  url: string;
  port: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

async function own(
  start: (options: { dataDir: string; cacheDir: string; port?: number }) => Promise<Started>,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-'));
  const dataDir = join(folder, 'data');
  let server = await start({ dataDir, cacheDir });
  return {
    url: server.url,
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

async function inContainer(
  image: string,
  port: number,
  command: string[],
  urlStart: string,
  urlEnd: string,
  { environment = {}, file }: { environment?: Record<string, string>; file?: { target: string; content: string } },
): Promise<TestServer | null> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return null;
  }
  const container = await new GenericContainer(image)
    .withEnvironment(environment)
    .withCopyContentToContainer(file ? [file] : [])
    .withCommand(command)
    .withExposedPorts(port)
    .start();
  return {
    url: `${urlStart}${container.getMappedPort(port)}${urlEnd}`,
    async stop() {
      await container.stop();
    },
    async killAndRestart() {
      await container.restart({ timeout: 0 });
    },
  };
}
