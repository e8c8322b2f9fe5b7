import { jest } from '@jest/globals';
import type { DeliveryStatus } from '#libs/api/src/delivery.dto';
import { rows } from '#libs/postgres/src/rows';
import { DataSource } from 'typeorm';
import { testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { isSettledBy, SETTLED_SQL } from './settled.js';

jest.setTimeout(60_000);

const STATUSES: DeliveryStatus[] = ['pending', 'pending_retry', 'success', 'failed', 'held', 'cancelled'];

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  database = await new DataSource({ type: 'postgres', url: postgres.url }).initialize();
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

it('an end stays settled in SQL exactly where it does in TypeScript, for every pair of statuses', async () => {
  const pairs = await rows<{ known: DeliveryStatus; later: DeliveryStatus; isManual: boolean; isSettled: boolean }>(
    database,
    `SELECT known.status AS known, excluded.status AS later, excluded.is_manual AS "isManual", ${SETTLED_SQL} AS "isSettled"
     FROM unnest($1::text[]) AS known (status)
     CROSS JOIN (SELECT * FROM unnest($1::text[]) AS status CROSS JOIN unnest('{f,t}'::boolean[]) AS is_manual) AS excluded`,
    [STATUSES],
  );
  expect(pairs).toHaveLength(STATUSES.length ** 2 * 2);
  for (const { isSettled, ...pair } of pairs) {
    expect({ ...pair, isSettled }).toEqual({ ...pair, isSettled: isSettledBy(pair.known, pair.later, pair.isManual) });
  }
  // Two of the 36 pairs replace one end with another: a success after a failure, and after a cancellation.
  expect(pairs.filter(({ isSettled }) => isSettled)).toHaveLength(3 * STATUSES.length - 2);
});
