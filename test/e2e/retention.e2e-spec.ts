import { jest } from '@jest/globals';
import pg from 'pg';
import type { CreatedAccountView } from '#libs/api/src/account.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import type { LogDays } from '#libs/contracts/src/log-days';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver } from '../support/receiver.js';

jest.setTimeout(90_000);

const platform = usePlatform({ isOwn: true });
const receiver = useReceiver();
let database: pg.Client;

beforeAll(async () => {
  database = await platform.connectDatabase();
});

/** A drop waits for its lock for at most a second, and whoever reads behind it. */
const READ_MAX_MS = 5_000;
const DAY_MS = 86_400_000;
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A day, that began so many days ago, of the log that is kept for `logDays`, with a row in it. */
async function makeDay(logDays: LogDays, daysAgo: number): Promise<string> {
  const from = dateOf(Date.now() - daysAgo * DAY_MS);
  const name = `events_${logDays}_${from.replaceAll('-', '')}`;
  await database.query(
    `CREATE TABLE delivery_log.${name} PARTITION OF delivery_log.events_${logDays}
     FOR VALUES FROM ('${from} 00:00:00+00') TO ('${dateOf(Date.parse(from) + DAY_MS)} 00:00:00+00')`,
  );
  await database.query(`ALTER TABLE delivery_log.${name} OWNER TO tidings_delivery_log`);
  await database.query(
    `INSERT INTO delivery_log.events (account_id, id, seq, type, occurred_at, stored_at, data, log_days)
     VALUES ('acc', 'old', 1, 'deal.won', '', $1, '', $2)`,
    [`${from} 12:00:00+00`, logDays],
  );
  return name;
}

async function withLogDays(logDays: LogDays): Promise<{ id: string; api: Api; webhook: WebhookView; logDays: LogDays }> {
  const body = { name: 'Under load', profile: 'standard', plan: 'enterprise', log_days: logDays };
  const { id, api_key: key } = await platform.operator.made<CreatedAccountView>('/accounts', body);
  const api = new Api(platform.url, key);
  return { id, api, webhook: await api.createWebhook({ url: receiver.url }), logDays };
}

/** Which of these days there are. */
const existing = async (days: string[]): Promise<string[]> => {
  const { rows } = await database.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('delivery_log.' || name) IS NOT NULL`,
    [days],
  );
  return rows.map(({ name }) => name);
};

it('a day past its retention is dropped whole while deliveries are logged and read, and no delivery is missing', async () => {
  const clients = [await withLogDays(1), await withLogDays(30)];
  const over = [await makeDay(1, 2), await makeDay(30, 31)];
  const kept = [await makeDay(1, 1), await makeDay(30, 2), await makeDay(30, 30)];

  let published = 0;
  let isLoaded = true;
  const load = (async () => {
    for (; isLoaded; published++) {
      for (const { id, logDays } of clients)
        await platform.publish(id, 'deal.won', { data: { published } }, { id: `load-${logDays}-${published}` });
    }
  })();
  const reads: { status: number; ms: number }[] = [];
  const reading = (async () => {
    for (; isLoaded; await new Promise((resolve) => setTimeout(resolve, 100))) {
      for (const { api, webhook } of clients) {
        const askedAt = performance.now();
        const { status } = await api.get(`/webhooks/${webhook.id}/deliveries`);
        reads.push({ status, ms: performance.now() - askedAt });
      }
    }
  })();
  await eventually(() => expect(receiver.requests.length).toBeGreaterThan(50));
  // The days are looked after when the service starts, and every minute.
  await platform.service('delivery-log').stop();
  platform.service('delivery-log').start();
  await platform.service('delivery-log').ready();
  await eventually(async () => expect(await existing(over)).toEqual([]), 30_000);
  isLoaded = false;
  await Promise.all([load, reading]);

  expect(await existing(kept)).toEqual(kept);
  // While the service is away itself, a read says so.
  expect(reads.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(Math.max(...reads.map(({ status, ms }) => (status === 200 ? ms : 0)))).toBeLessThan(READ_MAX_MS);
  for (const { id, api, webhook, logDays } of clients) {
    await eventually(async () => expect(await api.deliveries(webhook.id)).toHaveLength(published), 30_000);
    for (const table of ['events', 'deliveries', 'attempts']) {
      const stored = `SELECT DISTINCT log_days FROM delivery_log.${table} WHERE account_id = '${id}'`;
      expect(await platform.query(stored)).toEqual([{ log_days: logDays }]);
    }
  }
});

it('a drop gives way to a long query, so that nothing waits behind the drop', async () => {
  const over = await makeDay(30, 34);
  const reader = new pg.Client({ connectionString: platform.postgres.url });
  await reader.connect();
  await reader.query('BEGIN');
  await reader.query('SELECT count(*) FROM delivery_log.events');
  await platform.service('delivery-log').stop();
  platform.service('delivery-log').start();
  const { account, api } = await platform.operator.createAccount('standard');
  const webhook = await api.createWebhook({ url: receiver.url });
  await platform.publish(account.id, 'deal.won', { data: {} }, { id: 'beside-a-long-query' });
  await eventually(async () => expect(await api.deliveries(webhook.id)).toHaveLength(1), 30_000);
  expect(await existing([over])).toEqual([over]);
  await reader.end();
  await platform.service('delivery-log').stop();
  platform.service('delivery-log').start();
  await eventually(async () => expect(await existing([over])).toEqual([]), 30_000);
});
