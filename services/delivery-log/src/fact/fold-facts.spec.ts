import fc from 'fast-check';
import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { foldFacts } from './fold-facts.js';

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
const attempt = (number: number, statusCode: number): AttemptRecord => ({
  number, atMs: number * 10, trigger: 'event', url: '', method: 'POST', statusCode, error: null, responseTimeMs: 5, answer: null, requestHeaders: {},
}); // prettier-ignore

const history: DeliveryFact[] = [
  { ...common, id: 'f1', atMs: 5, kind: 'held', reason: 'paused', laneSeq: 7, attempts: 0 },
  { ...common, id: 'f2', atMs: 10, kind: 'retry_scheduled', attempt: attempt(1, 500), body, nextAttemptAtMs: 20 },
  { ...common, id: 'f3', atMs: 11, kind: 'retry_waiting', attempts: 1, nextAttemptAtMs: 20, retrySeq: 3 },
  { ...common, id: 'f4', atMs: 20, kind: 'succeeded', attempt: attempt(2, 200), body },
];

it('folds facts into the state of their delivery, in their order', () => {
  const states = history.map((_, index) => foldFacts(history.slice(0, index + 1)).deliveries[0]!);
  expect(
    states.map(({ status, attempts, responseCode, nextAttemptAtMs, waitingSeq }) => [
      status,
      attempts,
      responseCode,
      nextAttemptAtMs,
      waitingSeq,
    ]),
  ).toEqual([
    ['held', 0, null, null, 7],
    ['pending_retry', 1, 500, 20, null],
    ['pending_retry', 1, 500, 20, 3],
    ['success', 2, 200, null, null],
  ]);
  expect(foldFacts(history).attempts.map(({ number, factId }) => [number, factId])).toEqual([[1, 'f2'], [2, 'f4']]); // prettier-ignore
});

it('keeps an end settled against late facts of a replaced owner; only a success replaces another end', () => {
  const late: DeliveryFact[] = [
    { ...common, id: 'f6', atMs: 30, kind: 'held', reason: 'ordered', laneSeq: 9, attempts: 1 },
    { ...common, id: 'f7', atMs: 31, kind: 'failed', attempt: attempt(2, 500), body, reason: null },
    { ...common, id: 'f8', atMs: 32, kind: 'retry_waiting', attempts: 1, nextAttemptAtMs: 90, retrySeq: 5 },
  ];
  expect(foldFacts([...history, ...late]).deliveries[0]).toMatchObject({
    status: 'success',
    waitingSeq: null,
    nextAttemptAtMs: null,
  });
  expect(foldFacts([late[1]!, history[3]!]).deliveries[0]!.status).toBe('success');
  const asked: DeliveryFact = { ...late[1]!, requestId: 'req_1' } as DeliveryFact;
  expect(foldFacts([...history, asked]).deliveries[0]!.status).toBe('failed');
});

it('makes one attempt of a fact that is read twice', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...history), { maxLength: 10 }), (extra) => {
      const { attempts } = foldFacts([...extra, ...history]);
      expect(new Set(attempts.map(({ factId }) => factId)).size).toBe(attempts.length);
    }),
  );
});

it('keeps the answer of the last attempt when a delivery is cancelled', () => {
  const cancelled: DeliveryFact = { ...common, id: 'f5', atMs: 30, kind: 'cancelled', reason: 'webhook_deleted', attempts: 1 };
  expect(foldFacts([...history.slice(0, 3), cancelled]).deliveries[0]).toMatchObject({
    status: 'cancelled',
    reason: 'webhook_deleted',
    responseCode: 500,
    attempts: 1,
  });
});

it('tells each decision without an attempt; an attempt tells what it led to itself; a success leaves no decision', () => {
  const more: DeliveryFact[] = [
    { ...common, id: 'f5', atMs: 30, kind: 'held', reason: 'ordered', laneSeq: 8, number: 17, attempts: 2, requestId: 'req_1' },
    { ...common, id: 'f6', atMs: 31, kind: 'cancelled', reason: 'manual', attempts: 2 },
    { ...common, id: 'f7', atMs: 32, kind: 'failed', attempt: null, body: null, reason: 'expired' },
    { ...common, id: 'f8', atMs: 33, kind: 'failed', attempt: attempt(3, 500), body, reason: null },
  ];
  const { decisions, attempts } = foldFacts([...history, ...more]);
  expect(decisions.map(({ atMs, kind, reason, number, isManual }) => [atMs, kind, reason, number, isManual])).toEqual([
    [5, 'held', 'paused', null, false],
    [30, 'held', 'ordered', 17, true],
    [31, 'cancelled', 'manual', null, false],
    [32, 'failed', 'expired', null, false],
  ]);
  expect(attempts.map(({ number, nextAttemptAtMs }) => [number, nextAttemptAtMs])).toEqual([[1, 20], [2, null], [3, null]]); // prettier-ignore
  expect(foldFacts([history[3]!]).decisions).toEqual([]);
});
