import { jest } from '@jest/globals';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asAccount, openDatabase } from '#libs/postgres/src/database';
import type { DataSource, EntityManager } from 'typeorm';
import { testNats, testPostgres, type TestServer } from '../../../../test/support/servers.js';
import { AccountRow } from '../account/account.row.js';
import { Subscriptions1767225600000 } from '../migrations/1-subscriptions.js';
import { Outbox } from '../outbox/outbox.js';
import { WebhookChanges, type WebhookChange } from './webhook-changes.js';
import { WebhookRow } from './webhook.row.js';

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
    entities: [AccountRow, WebhookRow],
    migrations: [Subscriptions1767225600000],
  });
  changes = new WebhookChanges(database, new Outbox(database, connection, publisher));
  await inAccount((manager) =>
    manager.insert(AccountRow, {
      id: 'acc',
      name: '',
      profile: 'standard',
      plan: 'standard',
      schemaMode: 'reject',
      logDays: 30,
      dataKey: {},
    }),
  );
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

function webhook(id: string): WebhookRow {
  return {
    id, accountId: 'acc', revision: 1, name: 'Test', description: null, url: 'https://example.com', events: ['deal.*'], status: 'active',
    statusReason: null, method: 'POST', contentType: 'application/json', filter: null, dataFields: null, maskedFields: null, headersBox: null, headersShown: {},
    retryPolicy: { intervalsMs: [], countsFrom: 'previous_attempt', timeoutMs: 5_000, jitterRatio: 0 }, autoPause: null,
    maxConcurrency: null, ratePerSecond: null, releaseRatePerSecond: null, secrets: [], secretLast4: 'abcd', activeSinceMs: null,
    consecutiveFailures: 0, failuresSinceRevision: 1, createdAt: new Date(), updatedAt: new Date(), deletedAt: null,
  }; // prettier-ignore
}

function change(id: string, what: WebhookChange): Promise<boolean> {
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
    manager.query<Remembered[]>('SELECT * FROM subscriptions.webhook_history WHERE webhook_id = $1 ORDER BY revision', [id]),
  );
}

it('remembers what matching would see, and nothing else; each change grows the revision and goes out', async () => {
  await inAccount((manager) => changes.insert(manager, webhook('wh_1')));
  await change('wh_1', { name: 'Renamed' });
  await change('wh_1', { status: 'paused', statusReason: 'by_user' });
  await change('wh_1', { events: ['*'] });
  await change('wh_1', { url: 'https://example.com/other' });
  await inAccount((manager) => changes.deleteAll(manager, 'acc', new Date()));
  const rows = await remembered('wh_1');
  expect(rows.map(({ revision, events, status, is_deleted }) => [revision, events.join(), status, is_deleted])).toEqual([
    [1, 'deal.*', 'active', false],
    [3, 'deal.*', 'paused', false],
    [4, '*', 'paused', false],
    [6, '*', 'paused', true],
  ]);
  expect(rows[2]!.status_at).toEqual(rows[1]!.at);
  expect(rows[3]!.status_at).toEqual(rows[1]!.at);
  const noted = await database.query("SELECT 1 FROM subscriptions.outbox WHERE kind = 'webhook' AND subject_id = 'wh_1'");
  expect(noted).toHaveLength(6);
});

it('changes nothing where there is no such webhook any more', async () => {
  await inAccount((manager) => changes.insert(manager, webhook('wh_2')));
  const paused = { accountId: 'acc', id: 'wh_2', status: 'paused' as const };
  expect(await inAccount((manager) => changes.update(manager, paused, { status: 'active' }))).toBe(false);
  expect(await remembered('wh_2')).toHaveLength(1);
});

it('forgets after 32 days what a webhook was, but not what it was then; of a deleted one, everything', async () => {
  const [old, older] = ["interval '33 days'", "interval '40 days'"];
  for (const id of ['wh_3', 'wh_4']) {
    await inAccount((manager) => changes.insert(manager, webhook(id)));
    await change(id, { events: ['contact.*'] });
    await change(id, id === 'wh_3' ? { events: ['*'] } : { deletedAt: new Date() });
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
