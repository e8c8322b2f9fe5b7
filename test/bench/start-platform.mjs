import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres.mjs';
import { testAccess } from '../support/nats-access.mjs';
import { makeServices, projectDir, provision, provisionDatabase } from '../../scripts/services.mjs';
import { Forked } from './forked.mjs';
import { OPERATOR_KEY, Platform } from './platform.mjs';
import { Receivers } from './receivers.mjs';

export const cacheDir = join(projectDir, '.cache');

/**
 * Starts all of Tidings as in production, each a process of its own: NATS, PostgreSQL, the five services; and beside them
 * receivers and a publisher. `sync` is NATS' `sync_interval`. `stops` gets what ends it, also when this throws.
 *
 * @param {{ sync: string, env?: Record<string, string>, say: (line: string) => void, stops: import('./stops.mjs').Stops }} options
 */
export async function startPlatform({ sync, env = {}, say, stops }) {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-bench-'));
  stops.add(() => rmSync(folder, { recursive: true, force: true }));
  const access = testAccess();
  const nats = await startNats({ dataDir: join(folder, 'nats'), cacheDir, sync, access: access.config, log: say });
  stops.add(() => nats.stop());
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), cacheDir, log: say });
  stops.add(() => postgres.stop());
  await provision(access.urlAs(nats.url, 'provision'));
  const settings = {
    natsUrlOf: (/** @type {string} */ service) => access.urlAs(nats.url, service),
    databases: await provisionDatabase(postgres.url),
    port: 0,
    operatorKey: OPERATOR_KEY,
    kek: `k:${randomBytes(32).toString('base64')}`,
    env: {
      TIDINGS_ALLOW_HTTP_URLS: 'true',
      TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8',
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
      ...env,
    },
  };
  const onLine = (/** @type {string} */ name, /** @type {string} */ line) => say(`  ${name}: ${line.slice(0, 400)}`);
  const { services, url } = await makeServices(settings, { log: say, onLine });
  for (const service of services.values()) service.start();
  stops.add(() => Promise.all([...services.values()].map((service) => service.kill())));
  await Promise.all([...services.values()].map((service) => service.ready()));
  const receivers = await Receivers.start();
  stops.add(() => receivers.stop());
  const natsUrl = access.urlAs(nats.url, 'administrator');
  const publisher = await startPublisher(natsUrl, stops);
  const jetstream = await JetStreamConnection.open(natsUrl, 'bench');
  stops.add(() => jetstream.close());
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  stops.add(() => database.end());
  return new Platform(folder, { nats, natsUrl, postgres, services, url, receivers, publisher, jetstream, database });
}

/**
 * Each has its own connection and its own events without answer.
 *
 * @param {string} natsUrl
 * @param {import('./stops.mjs').Stops} stops
 */
export async function startPublisher(natsUrl, stops) {
  const publisher = new Forked('publisher', new URL('publisher.mjs', import.meta.url));
  stops.add(() => publisher.stop());
  await publisher.call('connect', natsUrl);
  return publisher;
}
