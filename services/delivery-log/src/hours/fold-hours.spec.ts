import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { HOUR_MS } from '#libs/contracts/src/time';
import { answerOf, foldHours } from './fold-hours.js';
import { WHOLE_ACCOUNT } from './hour-counts.js';

const common = {
  deliveryId: 'd',
  accountId: 'a',
  webhookId: 'w',
  eventId: 'e',
  eventType: 't',
  eventSeq: 1,
  createdAtMs: 0,
  replayId: null,
};
const body = { envelope: ['data'], contentType: 'application/json' };
const attempt = (statusCode: number | null, of: Partial<AttemptRecord> = {}): AttemptRecord => ({
  number: 1, atMs: 0, trigger: 'event', url: '', method: 'POST', statusCode, error: null, responseTimeMs: 5, answer: null, requestHeaders: {}, ...of,
}); // prettier-ignore
let facts = 0;
const succeeded = (atMs: number, of: object = {}): DeliveryFact => ({ ...common, id: `f${++facts}`, atMs, kind: 'succeeded', attempt: attempt(200), body, ...of }); // prettier-ignore
const retried = (atMs: number, one: AttemptRecord): DeliveryFact => ({ ...common, id: `f${++facts}`, atMs, kind: 'retry_scheduled', attempt: one, body, nextAttemptAtMs: 0 }); // prettier-ignore
const failed = (atMs: number, one: AttemptRecord | null): DeliveryFact => ({ ...common, id: `f${++facts}`, atMs, kind: 'failed', attempt: one, body, reason: null }); // prettier-ignore
const other = (atMs: number, of: object): DeliveryFact => ({ ...common, id: `f${++facts}`, atMs, ...of }) as DeliveryFact;

it('counts ends and attempts in the hour of their fact, for the webhook and for its account', () => {
  const rows = foldHours([
    succeeded(HOUR_MS - 1, { createdAtMs: 0 }),
    retried(HOUR_MS, attempt(503)),
    failed(HOUR_MS, attempt(500)),
    failed(HOUR_MS, null),
    other(HOUR_MS, { kind: 'cancelled', reason: 'manual', attempts: 1 }),
    succeeded(HOUR_MS, { webhookId: 'x' }),
    other(HOUR_MS, { kind: 'held', reason: 'paused', laneSeq: 1, attempts: 0 }),
    other(HOUR_MS, { kind: 'retry_waiting', attempts: 1, nextAttemptAtMs: 0, retrySeq: 1 }),
  ]);
  const counts = rows.map((row) => [row.webhookId, row.hourMs, row.succeeded, row.failed, row.cancelled, row.attempts, row.attemptsFailed]); // prettier-ignore
  expect(counts).toEqual([
    ['w', 0, 1, 0, 0, 1, 0],
    ['w', HOUR_MS, 0, 2, 1, 2, 2],
    ['x', HOUR_MS, 1, 0, 0, 1, 0],
    [WHOLE_ACCOUNT, 0, 1, 0, 0, 1, 0],
    [WHOLE_ACCOUNT, HOUR_MS, 1, 2, 1, 3, 2],
  ]);
});

it('leaves tests out', () => {
  expect(foldHours([succeeded(0, { attempt: attempt(200, { trigger: 'test' }) })])).toEqual([]);
});

it('keeps the response times of answers with any status; a time-out is no answer', () => {
  const timeout = attempt(408, { error: 'timeout: no complete answer in time', responseTimeMs: 10_000 });
  const [row] = foldHours([succeeded(0), retried(0, attempt(500, { responseTimeMs: 3 })), retried(0, timeout)]);
  expect(row!.responseTimes).toEqual([0, 0, 0, 1, 0, 1]);
});

it('knows the failures since the last success', () => {
  const run = (...all: DeliveryFact[]): unknown[] => {
    const [row] = foldHours(all);
    return [row!.lastSuccessAtMs, row!.failingSinceMs, row!.lastFailureAtMs, row!.failingWith, row!.isMixed];
  };
  const refused = attempt(null, { error: 'connection_refused: connection refused' });
  expect(run(succeeded(1))).toEqual([1, null, null, null, false]);
  expect(run(retried(1, attempt(500)), retried(2, attempt(500)))).toEqual([null, 1, 2, '500', false]);
  expect(run(retried(1, attempt(500)), succeeded(2), retried(3, refused))).toEqual([2, 3, 3, 'connection_refused', false]);
  expect(run(retried(1, attempt(500)), retried(2, refused))).toEqual([null, 1, 2, 'connection_refused', true]);
  expect(run(retried(1, attempt(500)), retried(2, refused), succeeded(3))).toEqual([3, null, null, null, false]);
  expect(answerOf(attempt(408, { error: 'timeout: no complete answer in time' }))).toBe('timeout');
});
