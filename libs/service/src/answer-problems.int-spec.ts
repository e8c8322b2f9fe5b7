import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import type { DataSource } from 'typeorm';
import { asEveryone, openDatabase } from '#libs/postgres/src/database';
import type { ProblemBody } from '#libs/problem/src/problem';
import { testPostgres, type TestServer } from '../../../test/support/servers.mjs';
import { AnswerProblems } from './answer-problems.js';

jest.setTimeout(60_000);

const KILLS = 8;
const CLIENTS = 16;

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  database = await openDatabase({ url: postgres.url, schema: 'killed', migrations: [] });
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

it('answers unavailable wherever a transaction loses its database, and nothing else', async () => {
  const codes = new Set<string>();
  let isOver = false;
  const work = (): Promise<unknown> =>
    asEveryone(database, async (manager) => {
      for (let n = 0; n < 5; n++) await manager.query('SELECT pg_sleep(0.002)');
    });
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) {
      try {
        await work();
      } catch (error) {
        const body: ProblemBody = await lastValueFrom(new AnswerProblems().catch(error)).catch((thrown: ProblemBody) => thrown);
        codes.add(body.code);
        await sleep(20);
      }
    }
  });
  for (let n = 0; n < KILLS; n++) {
    await sleep(100);
    await postgres.killAndRestart(50);
  }
  isOver = true;
  await Promise.all(clients);
  expect([...codes]).toEqual(['unavailable']);
  // No connection has been lost to the pool.
  await Promise.all(Array.from({ length: CLIENTS }, work));
});
