import { jest } from '@jest/globals';
import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { asEveryone } from '#libs/postgres/src/database';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { testPostgres, type TestServer } from '../../../../test/support/servers.mjs';
import { openLog } from '../open-log.js';
import { DeliveryLogSettings } from '../settings.js';
import { foldHours } from './fold-hours.js';
import { lastRunOf } from './read-hours.js';
import { writeHours } from './write-hours.js';

jest.setTimeout(120_000);

let postgres: TestServer;
let database: DataSource;

beforeAll(async () => {
  postgres = await testPostgres();
  database = await openLog(Object.assign(new DeliveryLogSettings(), { DATABASE_URL: postgres.url }));
  await database.query(
    `CREATE TABLE delivery_log.webhook_hours_all PARTITION OF delivery_log.webhook_hours FOR VALUES FROM (MINVALUE) TO (MAXVALUE)`,
  );
});

afterAll(async () => {
  await database.destroy();
  await postgres.stop();
});

const START = Date.UTC(2026, 2, 21);

/** Facts in the order of the stream, a few minutes apart. */
const history = fc
  .array(
    fc.record({
      minutes: fc.integer({ min: 0, max: 40 }),
      webhookId: fc.constantFrom('w1', 'w2'),
      statusCode: fc.constantFrom(200, 200, 401, 503),
      responseTimeMs: fc.integer({ min: 0, max: 2_000 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((all) => {
    let atMs = START;
    return all.map(({ minutes, webhookId, statusCode, responseTimeMs }, n): DeliveryFact => {
      atMs += minutes * 60_000;
      const attempt: AttemptRecord = {
        number: 1, atMs, trigger: 'event', url: '', method: 'POST', statusCode, error: null, responseTimeMs,
        answer: null, requestHeaders: {},
      }; // prettier-ignore
      const common = { id: `f${n}`, atMs, deliveryId: `d${n}`, accountId: 'a', webhookId, eventId: 'e', eventType: 't', eventSeq: n, createdAtMs: 0, replayId: null }; // prettier-ignore
      const body = { envelope: [], contentType: '' };
      return statusCode === 200
        ? { ...common, kind: 'succeeded', attempt, body }
        : { ...common, kind: 'failed', attempt, body, reason: null };
    });
  });

async function written(batches: DeliveryFact[][]): Promise<unknown[]> {
  return asEveryone(database, async (manager) => {
    await manager.query('TRUNCATE delivery_log.webhook_hours');
    for (const batch of batches) await writeHours(manager, foldHours(batch));
    return manager.query<unknown[]>('SELECT * FROM delivery_log.webhook_hours ORDER BY webhook_id, hour');
  });
}

it('makes the same rows however facts are cut into batches, and they tell the last run of failures', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }), async (facts, sizes) => {
      const batches: DeliveryFact[][] = [];
      const left = [...facts];
      for (const size of sizes) batches.push(left.splice(0, size));
      batches.push(left);
      const whole = await written([facts]);
      expect(await written(batches)).toEqual(whole);

      const own = facts.filter(({ webhookId }) => webhookId === 'w1');
      const lastSuccess = own.findLast(({ kind }) => kind === 'succeeded');
      const since = own.slice(lastSuccess === undefined ? 0 : own.indexOf(lastSuccess) + 1);
      const answers = since.map((fact) => String('attempt' in fact ? fact.attempt!.statusCode : null));
      expect(await asEveryone(database, (manager) => lastRunOf(manager, 'a', 'w1'))).toEqual({
        lastSuccessAtMs: lastSuccess?.atMs ?? null,
        failing:
          since.length === 0
            ? null
            : {
                sinceMs: since[0]!.atMs,
                lastAtMs: since.at(-1)!.atMs,
                withAnswer: answers.at(-1),
                isMixed: new Set(answers).size > 1,
              },
      });
    }),
    { numRuns: 60 },
  );
});
