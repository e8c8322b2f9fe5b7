import { jest } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { DataSource } from 'typeorm';
import { HOUR_MS } from '#libs/contracts/src/time';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { patternsOf } from '#libs/matching/src/event-pattern';
import { provisionDatabase } from '../../../../scripts/services.mjs';
import { testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { openLog } from '../open-log.js';
import { Days, type Kept } from '../retention/days.js';
import { DeliveryLogSettings } from '../settings.js';
import { countSelected, lookOn, newestSelected, type LookedAt, type Selection } from './select-events.js';

jest.setTimeout(120_000);

const EVENTS = 20_000;
const ACCOUNTS = 4;

let postgres: TestServer;
let database: DataSource;
const nowMs = Date.now();
const sinceMs = nowMs - 48 * HOUR_MS;
const at = (seq: number): Date => new Date(sinceMs + Math.floor((seq * 48 * HOUR_MS) / EVENTS));

const selection: Selection = {
  account_id: 'acc_1',
  webhook_id: 'wh_1',
  since: new Date(sinceMs),
  until: new Date(nowMs),
  statuses: null,
  events: ['*'],
  events_seq: String(EVENTS),
};

beforeAll(async () => {
  postgres = await testPostgres();
  // As the service's own role: row-level security does not apply to a superuser, and changes plans.
  const { deliveryLog: url } = await provisionDatabase(postgres.url);
  database = await openLog(Object.assign(new DeliveryLogSettings(), { DATABASE_URL: url }));
  await new Days(database).ensure([sinceMs, sinceMs + 24 * HOUR_MS, nowMs].map((atMs): Kept => ({ logDays: 30, atMs })));
  const seqs = Array.from({ length: EVENTS }, (_, n) => n + 1);
  const times = seqs.map(at);
  const values = [seqs, times, ACCOUNTS];
  await asEveryone(database, async (manager) => {
    // Every 50th event of an account is published twice; every tenth delivery has failed.
    await manager.query(
      `INSERT INTO delivery_log.events (account_id, id, seq, type, key, occurred_at, stored_at, data)
       SELECT 'acc_' || seq % $3, 'evt_' || first, seq,
         (ARRAY['deal.won', 'deal.lost', 'contact.created', 'webhook.paused'])[1 + first / $3 % 4], NULL, '', at, '{}'
       FROM unnest($1::bigint[], $2::timestamptz[]) row (seq, at),
         LATERAL (SELECT CASE WHEN seq / $3 % 50 = 0 THEN greatest(seq - $3, seq % $3) ELSE seq END) published (first)`,
      values,
    );
    await manager.query(
      `INSERT INTO delivery_log.deliveries (created_at, id, account_id, webhook_id, event_id, event_type, event_seq, status, attempts, updated_at,
         is_test, is_manual)
       SELECT stored_at + seq % 3 * interval '1 ms' - interval '1 ms', 'dlv_' || seq, account_id, 'wh_1', id, type, seq,
         CASE WHEN seq / $1 % 10 = 0 THEN 'failed' ELSE 'success' END, 1, stored_at, FALSE, FALSE FROM delivery_log.events`,
      [ACCOUNTS],
    );
  });
  await database.query('ANALYZE');
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

function asOwner<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
  return asAccount(database, 'acc_1', work);
}

/** Looks at every event of a replay, batch by batch. */
async function lookAtAll(of: Selection, limit = 500): Promise<LookedAt[]> {
  const all: LookedAt[] = [];
  let position = { position_at: of.since, position_seq: '0' };
  for (;;) {
    const next = await asOwner((manager) => lookOn(manager, of, position, limit));
    const last = next.at(-1);
    if (!last) return all;
    all.push(...next);
    position = { position_at: last.stored_at, position_seq: last.seq };
  }
}

async function total(of: Selection): Promise<number> {
  const counts = await asOwner((manager) => countSelected(manager, of));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

it('looks at every event of the account in its time once, in order, however small the batches', async () => {
  const all = await lookAtAll(selection, 333);
  const expected = Array.from({ length: EVENTS / ACCOUNTS }, (_, n) => String(1 + n * ACCOUNTS));
  expect(all.map(({ seq }) => seq)).toEqual(expected);
  const part = { ...selection, since: at(8_001), until: at(12_001), events_seq: '11001' };
  expect((await lookAtAll(part)).map(({ seq }) => seq)).toEqual(expected.filter((seq) => +seq >= 8_001 && +seq <= 11_001));
});

it('selects by patterns as dispatch does, selects the last of repeated events, and counts the same', async () => {
  for (const events of [['*'], ['deal.*'], ['deal.won', 'contact.*'], ['webhook.*'], ['webhook.paused'], ['lead.*']]) {
    const selected = (await lookAtAll({ ...selection, events })).filter((event) => event.is_selected);
    const matching = (await lookAtAll(selection)).filter(({ type }) => patternsOf(type).some((one) => events.includes(one)));
    expect(new Set(selected.map(({ id }) => id))).toEqual(new Set(matching.map(({ id }) => id)));
    expect(selected).toHaveLength(new Set(matching.map(({ id }) => id)).size);
    expect(await total({ ...selection, events })).toBe(matching.length);
  }
});

it('selects by the status of the delivery of this very event, though their times may differ by a millisecond', async () => {
  const failed = { ...selection, statuses: ['failed' as const] };
  const selected = (await lookAtAll(failed)).filter((event) => event.is_selected);
  expect(selected.every(({ seq }) => Math.floor(+seq / ACCOUNTS) % 10 === 0)).toBe(true);
  const all = await lookAtAll(selection);
  const count = all.filter(({ seq, type }) => Math.floor(+seq / ACCOUNTS) % 10 === 0 && type !== 'webhook.paused').length;
  expect(await total(failed)).toBe(count);
  expect(await total({ ...failed, webhook_id: 'wh_2' })).toBe(0);
});

it('shows the newest events of the selection', async () => {
  for (const statuses of [null, ['failed' as const]]) {
    const of = { ...selection, statuses, events: ['deal.*'] };
    const newest = await asOwner((manager) => newestSelected(manager, of, ['deal.won', 'deal.lost'], 5));
    // An event that was published twice may be shown twice.
    const all = (await lookAtAll(of)).filter((event) => event.is_selected).map(({ id }) => id);
    expect(new Set(newest.map(({ id }) => id))).toEqual(
      new Set(all.reverse().slice(0, new Set(newest.map(({ id }) => id)).size)),
    );
    expect(newest.map(({ seq }) => +seq)).toEqual(newest.map(({ seq }) => +seq).sort((one, other) => other - one));
    expect(newest).toHaveLength(5);
  }
});

it('reads a batch by the index of the account’s events, and no other rows', async () => {
  const plans: string[] = [];
  const explaining = (manager: EntityManager): EntityManager =>
    ({
      query: async (text: string, values: unknown[]) => {
        const rows: Record<string, string>[] = await manager.query(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return [];
      },
    }) as unknown as EntityManager;
  const position = { position_at: at(10_000), position_seq: '10000' };
  for (const statuses of [null, ['failed' as const]])
    await asOwner((manager) => lookOn(explaining(manager), { ...selection, statuses }, position, 100));
  for (const plan of plans) {
    expect(plan).toMatch(/Index Scan using events_30_\d+_account_id_stored_at_seq_idx/);
    expect(plan).not.toMatch(/Seq Scan/);
    // Opens no day before the position, and reads no more rows of a day than the batch has.
    const rows = [...plan.matchAll(/events_30_\d+_account_id_stored_at_seq_idx.*?rows=([\d.]+)/g)].map(([, count]) =>
      Number(count),
    );
    expect(Math.max(...rows)).toBeLessThanOrEqual(101);
    expect(plan).not.toMatch(/Rows Removed by Filter: \d{3,}/);
  }
});
