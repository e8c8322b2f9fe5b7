import fc from 'fast-check';
import type { DeliveryFact } from '#libs/contracts/src/fact';
import { Ledger } from './ledger.js';

const common = { accountId: 'a', webhookId: 'w', eventId: 'e', eventType: 't', createdAtMs: 0, replayId: null };
const attempt = (number: number, atMs: number) =>
  ({
    number,
    atMs,
    trigger: 'event',
    url: '',
    method: 'POST',
    statusCode: 500,
    error: null,
    responseTimeMs: 1,
    answer: null,
    requestHeaders: {},
  }) as const;
const body = { envelope: [], contentType: '' };

function scheduled(deliveryId: string, number: number, atMs: number, eventSeq = 1): DeliveryFact {
  return {
    ...common,
    id: `${deliveryId}-${number}`,
    deliveryId,
    eventSeq,
    atMs,
    kind: 'retry_scheduled',
    attempt: attempt(number, atMs),
    body,
    nextAttemptAtMs: atMs + 5,
  };
}
function succeeded(deliveryId: string, number: number, atMs: number, eventSeq = 1): DeliveryFact {
  return {
    ...common,
    id: `${deliveryId}-${number}`,
    deliveryId,
    eventSeq,
    atMs,
    kind: 'succeeded',
    attempt: attempt(number, atMs),
    body,
  };
}

it('knows the state after the last fact, and tells apart an event that was published again', () => {
  const ledger = new Ledger();
  ledger.apply(scheduled('d', 1, 10));
  expect(ledger.findEntry('d', 1)).toEqual({
    state: 'waiting',
    attempts: 1,
    lastAttemptAtMs: 10,
    failedAtMs: 10,
    nextAttemptAtMs: 15,
    retrySeq: null,
  });
  ledger.apply(succeeded('d', 2, 20));
  expect(ledger.findEntry('d', 1)).toEqual({ state: 'settled', attempts: 2 });
  expect(ledger.findEntry('d', 2)).toBeNull();
});

it('stays the same when facts come twice or late: settled stays settled, attempts never go back', () => {
  const facts = [scheduled('d', 1, 10), scheduled('d', 2, 20), succeeded('d', 3, 30)];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...facts)), (extra) => {
      const ledger = new Ledger();
      for (const fact of [...facts, ...extra]) ledger.apply(fact);
      expect(ledger.findEntry('d', 1)).toMatchObject({ state: 'settled', attempts: 3 });
    }),
  );
});

it('remembers the two minutes before the last fact, and not much more', () => {
  const ledger = new Ledger();
  ledger.apply(succeeded('old', 1, 0));
  ledger.apply(succeeded('recent', 1, 60_000));
  ledger.apply(succeeded('last', 1, 119_000));
  expect(ledger.findEntry('old', 1)).not.toBeNull();
  for (let atMs = 160_000; atMs <= 400_000; atMs += 40_000) ledger.apply(succeeded(`at-${atMs}`, 1, atMs));
  expect(ledger.findEntry('old', 1)).toBeNull();
  expect(ledger.findEntry('at-400000', 1)).not.toBeNull();
  expect(ledger.findEntry('at-320000', 1)).not.toBeNull();
});
