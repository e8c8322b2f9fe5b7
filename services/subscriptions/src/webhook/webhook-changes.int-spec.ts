import { jest } from '@jest/globals';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asAccount, openDatabase } from '#libs/postgres/src/database';
import { insertRow, rows } from '#libs/postgres/src/rows';
import type { DataSource, EntityManager } from 'typeorm';
import { testNats, testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { Subscriptions1767225600000 } from '../migrations/1-subscriptions.js';
import { Outbox } from '../outbox/outbox.js';
import type { NewWebhook } from '../state/webhook.row.js';
import { WebhookChanges, type WebhookChange } from './webhook-changes.js';

jest.setTimeout(60_000);

let nats: TestServer;
let postgres: TestServer;
let connection: JetStreamConnection;
let publisher: Publisher;
let database: DataSource;
let changes: WebhookChanges;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([testNats(), testPostgres()]);
  connection = await JetStreamConnection.open(nats.url, 'test');
  publisher = new Publisher(connection.nc);
  database = await openDatabase({
    url: postgres.url,
    schema: 'subscriptions',
    migrations: [Subscriptions1767225600000],
  });
  changes = new WebhookChanges(database, new Outbox(database, connection, publisher));
  const account = { id: 'acc', name: '', profile: 'standard', plan: 'standard', data_key: {} };
  await inAccount((manager) => insertRow(manager, 'subscriptions.accounts', account));
});

afterAll(async () => {
  publisher.close();
  await connection.close();
  await database.destroy();
  await Promise.all([nats.stop(), postgres.stop()]);
});

function inAccount<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
  return asAccount(database, 'acc', work);
}

function webhook(id: string): NewWebhook {
  return {
    id, account_id: 'acc', revision: 1, name: 'Test', description: null, url: 'https://example.com', events: ['deal.*'], status: 'active',
    status_reason: null, method: 'POST', content_type: 'application/json', filter: null, data_fields: null, masked_fields: null, headers_box: null, headers_shown: {},
    retry_policy: { maxRetries: 0, intervalsMs: [], countsFrom: 'previous_attempt', timeoutMs: 5_000, jitterRatio: 0 }, auto_pause: null,
    max_concurrency: null, rate_per_second: null, release_rate_per_second: null, secrets: [], secret_last4: 'abcd', active_since_ms: null,
    consecutive_failures: 0, exhausted: 0, failures_since_revision: 1, deleted_at: null,
  }; // prettier-ignore
}

function change(id: string, what: WebhookChange): Promise<unknown> {
  return inAccount((manager) => changes.update(manager, { accountId: 'acc', id }, what));
}

interface Remembered {
  revision: number;
  events: string[];
  status: string;
  is_deleted: boolean;
  at: Date;
  status_at: Date;
}

function remembered(id: string): Promise<Remembered[]> {
  return inAccount((manager) =>
    rows<Remembered>(manager, 'SELECT * FROM subscriptions.webhook_history WHERE webhook_id = $1 ORDER BY revision', [id]),
  );
}

it('records only changes that matching sees; every change grows the revision and is enqueued', async () => {
  await inAccount((manager) => changes.insert(manager, webhook('wh_1')));
  await change('wh_1', { name: 'Renamed' });
  await change('wh_1', { status: 'paused', status_reason: 'by_user' });
  await change('wh_1', { events: ['*'] });
  await change('wh_1', { url: 'https://example.com/other' });
  await inAccount((manager) => changes.deleteAll(manager, 'acc', new Date()));
  const states = await remembered('wh_1');
  expect(states.map(({ revision, events, status, is_deleted }) => [revision, events.join(), status, is_deleted])).toEqual([
    [1, 'deal.*', 'active', false],
    [3, 'deal.*', 'paused', false],
    [4, '*', 'paused', false],
    [6, '*', 'paused', true],
  ]);
  expect(states[2]!.status_at).toEqual(states[1]!.at);
  expect(states[3]!.status_at).toEqual(states[1]!.at);
  const enqueued = await rows(database, "SELECT 1 FROM subscriptions.outbox WHERE kind = 'webhook' AND subject_id = 'wh_1'");
  expect(enqueued).toHaveLength(6);
});

it('changes nothing when the webhook no longer fulfils the conditions', async () => {
  await inAccount((manager) => changes.insert(manager, webhook('wh_2')));
  const paused = { accountId: 'acc', id: 'wh_2', status: 'paused' as const };
  expect(await inAccount((manager) => changes.update(manager, paused, { status: 'active' }))).toBeNull();
  expect(await remembered('wh_2')).toHaveLength(1);
});

it('removes states that ended over 32 days ago, and every state of a webhook deleted that long ago', async () => {
  const [old, older] = ["interval '33 days'", "interval '40 days'"];
  for (const id of ['wh_3', 'wh_4']) {
    await inAccount((manager) => changes.insert(manager, webhook(id)));
    await change(id, { events: ['contact.*'] });
    await change(id, id === 'wh_3' ? { events: ['*'] } : { deleted_at: new Date() });
  }
  await inAccount(async (manager) => {
    await manager.query(
      `UPDATE subscriptions.webhook_history SET at = now() - ${older} WHERE webhook_id IN ('wh_3', 'wh_4') AND revision = 1`,
    );
    await manager.query(
      `UPDATE subscriptions.webhook_history SET at = now() - ${old} WHERE webhook_id = 'wh_3' AND revision = 2`,
    );
    await manager.query(
      `UPDATE subscriptions.webhook_history SET at = now() - ${old} WHERE webhook_id = 'wh_4' AND revision > 1`,
    );
  });
  await changes.sweep();
  expect((await remembered('wh_3')).map(({ revision }) => revision)).toEqual([2, 3]);
  expect(await remembered('wh_4')).toEqual([]);
});
