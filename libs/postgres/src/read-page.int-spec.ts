import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { testPostgres, type TestServer } from '../../../test/support/servers.mjs';
import { mapPage, readPage } from './read-page.js';
import { changedRows, firstRow, rows } from './rows.js';

jest.setTimeout(60_000);

interface Thing {
  id: string;
  account_id: string;
  made_at: Date;
}

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  database = await new DataSource({ type: 'postgres', url: postgres.url }).initialize();
  await database.query('CREATE TABLE things (id text PRIMARY KEY, account_id text NOT NULL, made_at timestamptz(3) NOT NULL)');
  // Two of them share a millisecond, so that the id decides.
  await database.query(`
    INSERT INTO things (id, account_id, made_at)
    SELECT 'thing_' || n, 'acc', timestamptz '2026-01-01' + (n / 2) * interval '1 ms' FROM generate_series(1, 5) n
    UNION ALL SELECT 'thing_other', 'acc_other', timestamptz '2027-01-01'`);
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

function page(cursor?: string, scope = ['things', 'acc']) {
  const select = 'SELECT * FROM things WHERE account_id = $1';
  return readPage<Thing>(database, { scope, select, params: ['acc'], at: 'made_at' }, { limit: 2, cursor });
}

it('reads every row once, newest first, and says which page is the last', async () => {
  const first = await page();
  const second = await page(first.next_cursor!);
  const third = await page(second.next_cursor!);
  const ids = [first, second, third].map((one) => mapPage(one, ({ id }) => id).data);
  expect(ids).toEqual([['thing_5', 'thing_4'], ['thing_3', 'thing_2'], ['thing_1']]);
  expect(third.next_cursor).toBeNull();
});

it('keeps its place when newer rows arrive between two pages', async () => {
  const first = await page();
  await database.query(`INSERT INTO things VALUES ('thing_new', 'acc', '2026-02-01')`);
  const second = await page(first.next_cursor!);
  expect(second.data.map(({ id }) => id)).toEqual(['thing_3', 'thing_2']);
  await database.query(`DELETE FROM things WHERE id = 'thing_new'`);
});

it('refuses the cursor of another list', async () => {
  const { next_cursor: cursor } = await page();
  await expect(page(cursor!, ['things', 'acc_other'])).rejects.toMatchObject({ code: 'invalid_cursor' });
});

it('reads rows of a SELECT and of RETURNING alike, and counts what a statement changed', async () => {
  const select = await rows<Thing>(database, 'SELECT * FROM things WHERE account_id = $1', ['acc_other']);
  const returned = await rows<Thing>(database, `UPDATE things SET made_at = made_at WHERE account_id = $1 RETURNING *`, [
    'acc_other',
  ]);
  expect(returned).toEqual(select);
  expect(await rows(database, 'DELETE FROM things WHERE id = $1 RETURNING id', ['nothing'])).toEqual([]);
  expect(await firstRow(database, 'SELECT * FROM things WHERE id = $1', ['nothing'])).toBeNull();
  expect(await changedRows(database, 'UPDATE things SET made_at = made_at WHERE account_id = $1', ['acc'])).toBe(5);
});
