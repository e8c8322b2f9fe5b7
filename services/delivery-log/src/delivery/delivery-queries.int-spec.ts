import { jest } from '@jest/globals';
import { DAY_MS } from '#libs/contracts/src/time';
import { asAccount } from '#libs/postgres/src/database';
import { sealAnswer } from '#libs/signing/src/sealed-answer';
import type { DataSource, EntityManager } from 'typeorm';
import { provisionDatabase } from '../../../../scripts/services.mjs';
import { testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { openLog } from '../open-log.js';
import { Days, type Kept } from '../retention/days.js';
import { DeliveryLogSettings } from '../settings.js';
import {
  selectAnswers,
  selectDeliveries,
  selectDeliveriesOf,
  type DeliverySelection,
  type Statement,
} from './delivery-queries.js';
import { searchAnswers } from './search-answers.js';

/**
 * Plans of the log's queries, on a table large enough for a wrong plan to show: 400,000 deliveries of ten webhooks over ten days.
 * One delivery in a thousand failed, and each account has two retentions. The service's own role plans, under row-level security.
 */

jest.setTimeout(180_000);

const DELIVERIES = 400_000;
const DAYS = 10;
const CLASSES = [14, 30] as const;
const LOG_DAYS = '(ARRAY[14, 30])[1 + n / 10 % 2]';
const ANSWER_KEY = Buffer.alloc(32);

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  const { deliveryLog } = await provisionDatabase(postgres.url);
  database = await openLog(Object.assign(new DeliveryLogSettings(), { DATABASE_URL: deliveryLog }));
  const days = Array.from({ length: DAYS + 1 }, (_, day) => Date.now() - day * DAY_MS);
  await new Days(database).ensure(days.flatMap((atMs) => CLASSES.map((logDays): Kept => ({ logDays, atMs }))));
  await asAccount(database, '*', async (manager) => {
    await manager.query('SET LOCAL synchronous_commit = off');
    const ofWebhook0 = Array.from({ length: DELIVERIES / 10 }, (_, n) => (n + 1) * 10);
    const time = `date_trunc('milliseconds', now()) - (n * ${(DAYS * 86_400) / DELIVERIES}) * interval '1 second'`;
    await manager.query(
      `
      INSERT INTO delivery_log.events (account_id, id, seq, type, key, occurred_at, stored_at, data, answer_key, log_days)
      SELECT 'acc_' || n % 5, 'evt_' || n, n, 'deal.' || n % 20, 'deal:' || n / 10, 't', ${time}, '{}', $1, ${LOG_DAYS} FROM generate_series(1, ${DELIVERIES}) n`,
      [ANSWER_KEY],
    );
    await manager.query(`
      INSERT INTO delivery_log.deliveries (created_at, id, account_id, webhook_id, event_id, event_type, event_seq, status, attempts,
        response_code, response_time_ms, updated_at, is_test, is_manual, log_days)
      SELECT ${time}, 'dlv_' || n, 'acc_' || n % 5, 'wh_' || n % 10, 'evt_' || n, 'deal.' || n % 20, n,
        CASE WHEN n % 1000 = 0 THEN 'failed' WHEN n % 1000 = 10 THEN 'held' ELSE 'success' END, 1, 200, 20, ${time}, false, false, ${LOG_DAYS}
      FROM generate_series(1, ${DELIVERIES}) n`);
    await manager.query(
      `
      INSERT INTO delivery_log.attempts (at, fact_id, delivery_id, number, trigger, status_code, response_time_ms, answer,
        request_headers, url, method, account_id, log_days)
      SELECT ${time}, 'fct_' || n, 'dlv_' || n, 1, 'event', 200, 20, answer, '{}', 'u', 'POST', 'acc_' || n % 5, ${LOG_DAYS}
      FROM generate_series(1, ${DELIVERIES}) n LEFT JOIN unnest($1::integer[], $2::bytea[]) AS given (m, answer) ON m = n`,
      [ofWebhook0, ofWebhook0.map(answerTo)],
    );
  });
  for (const table of ['events', 'deliveries', 'attempts']) await database.query(`ANALYZE delivery_log.${table}`);
});

afterAll(async () => {
  await database?.destroy();
  await postgres?.stop();
});

function answerTo(n: number): Buffer {
  const answer = { body: n === 20_000 ? 'said the needle' : 'ok', headers: {} };
  return Buffer.from(sealAnswer(ANSWER_KEY, `dlv_${n}`, answer), 'base64');
}

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Runs a statement. Returns the kinds of node in its plan, and the number of rows that it looked at. */
async function planOf({ text, values }: Statement): Promise<{ nodes: Set<string>; rowsRead: number }> {
  const rows: { 'QUERY PLAN': { Plan: Plan }[] }[] = await asAccount(database, 'acc_0', (manager: EntityManager) =>
    manager.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values),
  );
  const nodes = new Set<string>();
  let rowsRead = 0;
  const visit = (node: Plan): void => {
    nodes.add(node['Node Type']);
    if ((node.Plans ?? []).length === 0)
      rowsRead += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
    node.Plans?.forEach(visit);
  };
  visit(rows[0]!['QUERY PLAN'][0]!.Plan);
  return { nodes, rowsRead };
}

const ofWebhook: DeliverySelection = { accountId: 'acc_0', webhookId: 'wh_0', after: null, limit: 51 };
const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

function deliveriesAround(n: number): Parameters<typeof selectAnswers>[0] {
  return Array.from({ length: 500 }, (_, m) => {
    const seq = n - 2_500 + 10 * m;
    const created_at = new Date(Date.now() - seq * ((DAYS * DAY_MS) / DELIVERIES));
    return { id: `dlv_${seq}`, created_at, event_seq: String(seq), replay_id: null };
  });
}

const queries: [string, Statement, number][] = [
  ['a page of a webhook', selectDeliveries(ofWebhook), 1_000],
  ['a page far down the list', selectDeliveries({ ...ofWebhook, after: { createdAt: ago(8), id: 'dlv_1' } }), 1_000],
  ['failed ones, one in a thousand', selectDeliveries({ ...ofWebhook, status: 'failed' }), 1_000],
  ['failed or held ones', selectDeliveries({ ...ofWebhook, status: 'failed,held' }), 2_000],
  ['succeeded ones', selectDeliveries({ ...ofWebhook, status: 'success' }), 1_000],
  ['one event type of twenty', selectDeliveries({ ...ofWebhook, event: 'deal.10' }), 1_000],
  ['an event type that never came', selectDeliveries({ ...ofWebhook, event: 'deal.never' }), 1_000],
  ['an hour, a week ago', selectDeliveries({ ...ofWebhook, since: ago(7), until: ago(6.96) }), 1_000],
  ['one event', selectDeliveriesOf(['evt_20000'], ofWebhook), 100],
  ['the answers to five hundred deliveries', selectAnswers(deliveriesAround(20_000)), 5_000],
];

it.each(queries)('%s: by index, reading few rows more than it shows', async (_name, statement, rowsMax) => {
  const { nodes, rowsRead } = await planOf(statement);
  expect([...nodes]).not.toContain('Seq Scan');
  expect(rowsRead).toBeLessThan(rowsMax);
});

it('a search finds an answer, and after a bounded number of deliveries says where to go on', async () => {
  const search = (text: string, after: DeliverySelection['after']): ReturnType<typeof searchAnswers> =>
    asAccount(database, 'acc_0', (manager) => searchAnswers(manager, text, { ...ofWebhook, after }));
  const first = await search('the needle', null);
  expect(first.found.map(({ id }) => id)).toEqual(['dlv_20000']);
  let { last } = first;
  let pages = 1;
  for (; last !== null && pages < 10; pages++)
    ({ last } = await search('the needle', { createdAt: last.created_at.toISOString(), id: last.id }));
  expect(pages).toBe(5);
});
