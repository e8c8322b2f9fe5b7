import fc from 'fast-check';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';
import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import { afterAttempt, type AttemptOutcome, type Delivery } from './delivery.js';

const MINUTE = 60_000;
const policy: RetryPolicy = {
  maxRetries: 3,
  intervalsMs: [MINUTE, 10 * MINUTE, 60 * MINUTE],
  countsFrom: 'previous_attempt',
  timeoutMs: 10_000,
  jitterRatio: 0,
};
const fresh = firstDelivery(
  { deliveryId: 'dlv', accountId: 'acc', webhookId: 'wh', eventId: 'evt', eventType: 'deal.won', eventSeq: 1 },
  1_000,
);
const refused: AttemptOutcome = { kind: 'refused', statusCode: 500, retryAfterMs: null };

/** The times of all attempts when each one fails after `tookMs`, each begun when it is due. */
function attemptTimes(of: RetryPolicy, outcome: AttemptOutcome, tookMs = 0, jitter = 0, from: Delivery = fresh): number[] {
  const times: number[] = [];
  let delivery = from;
  for (let atMs = from === fresh ? 0 : from.dueAtMs; ;) {
    times.push(atMs);
    const decision = afterAttempt(delivery, outcome, of, { startedAtMs: atMs, endedAtMs: atMs + tookMs }, jitter);
    if (decision.kind !== 'retry') return times;
    expect(decision.next).toMatchObject({ attempts: delivery.attempts + 1, trigger: 'schedule' });
    delivery = decision.next;
    atMs = delivery.dueAtMs;
  }
}

it('counts each interval from the attempt before, as Asan promises', () => {
  expect(attemptTimes(policy, refused)).toEqual([0, 1, 11, 71].map((minutes) => minutes * MINUTE));
});

it('counts every interval from the first failure, as AutomateNexus promises', () => {
  const nexus: RetryPolicy = {
    ...policy,
    maxRetries: 5,
    intervalsMs: [1, 5, 30, 120, 1440].map((minutes) => minutes * MINUTE),
    countsFrom: 'first_failure',
  };
  expect(attemptTimes(nexus, refused, 500)).toEqual([0, ...[1, 5, 30, 120, 1440].map((minutes) => minutes * MINUTE + 500)]);
});

it('makes further retries the last interval apart, wherever intervals count from', () => {
  const minutes = (of: Partial<RetryPolicy>): number[] =>
    attemptTimes({ ...policy, intervalsMs: [1, 5, 30].map((one) => one * MINUTE), maxRetries: 5, ...of }, refused).map(
      (ms) => ms / MINUTE,
    );
  expect(minutes({ countsFrom: 'first_failure' })).toEqual([0, 1, 5, 30, 60, 90]);
  expect(minutes({ countsFrom: 'previous_attempt' })).toEqual([0, 1, 6, 36, 66, 96]);
});

it('spaces attempts after a late one, and comes back to the times counted from the first failure', () => {
  const asks: AttemptOutcome = { kind: 'refused', statusCode: 503, retryAfterMs: 10 * MINUTE };
  const nexus: RetryPolicy = {
    ...policy,
    maxRetries: 4,
    intervalsMs: [1, 5, 6, 60].map((one) => one * MINUTE),
    countsFrom: 'first_failure',
  };
  const late = afterAttempt(fresh, asks, nexus, { startedAtMs: 0, endedAtMs: 0 }, 0);
  if (late.kind !== 'retry') throw new Error('expected a retry');
  expect(late.next.dueAtMs).toBe(10 * MINUTE);
  expect(attemptTimes(nexus, refused, 0, 0, late.next)).toEqual([10, 11, 12, 60].map((one) => one * MINUTE));
});

it('makes no retry when the policy has none', () => {
  expect(attemptTimes({ ...policy, maxRetries: 0 }, refused)).toEqual([0]);
  expect(attemptTimes({ ...policy, maxRetries: 0, intervalsMs: [] }, refused)).toEqual([0]);
});

it('lets a longer Retry-After win, counted from the answer, and bounds it to a day', () => {
  const asks = (ms: number): AttemptOutcome => ({ kind: 'refused', statusCode: 503, retryAfterMs: ms });
  expect(attemptTimes(policy, asks(5 * MINUTE), 1_000)[1]).toBe(5 * MINUTE + 1_000);
  expect(attemptTimes(policy, asks(1_000), 0)[1]).toBe(MINUTE);
  expect(attemptTimes(policy, asks(1e12), 0)[1]).toBe(24 * 60 * MINUTE);
});

it('ends at 2xx as succeeded, at 410 as gone, and never sooner than its tries', () => {
  const at = { startedAtMs: 0, endedAtMs: 0 };
  expect(afterAttempt(fresh, { kind: 'succeeded', statusCode: 204 }, policy, at, 0)).toEqual({ kind: 'succeeded' });
  expect(afterAttempt(fresh, { kind: 'refused', statusCode: 410, retryAfterMs: null }, policy, at, 0)).toEqual({
    kind: 'failed',
    reason: 'gone',
  });
  expect(afterAttempt(fresh, { kind: 'refused', statusCode: 302, retryAfterMs: null }, policy, at, 0).kind).toBe('retry');
});

it('is never early, late only by the jitter, and never sooner than the shortest interval', () => {
  const anyPolicy = fc
    .record({
      maxRetries: fc.integer({ min: 0, max: 10 }),
      intervalsMs: fc.uniqueArray(fc.integer({ min: 1_000, max: 86_400_000 }), { minLength: 1, maxLength: 10 }),
      countsFrom: fc.constantFrom('previous_attempt' as const, 'first_failure' as const),
      timeoutMs: fc.constant(10_000),
      jitterRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map((one) =>
      one.countsFrom === 'first_failure' ? { ...one, intervalsMs: one.intervalsMs.toSorted((a, b) => a - b) } : one,
    );
  fc.assert(
    fc.property(
      anyPolicy,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      (one, jitter, tookMs) => {
        const { intervalsMs, jitterRatio } = one;
        const times = attemptTimes(one, refused, tookMs, jitter);
        expect(times).toHaveLength(one.maxRetries + 1);
        for (let index = 0; index < one.maxRetries; index++) {
          const interval = intervalsMs[index] ?? intervalsMs.at(-1)!;
          const countsFromFirst = one.countsFrom === 'first_failure' && index < intervalsMs.length;
          const gap = countsFromFirst ? interval - (intervalsMs[index - 1] ?? 0) : interval;
          const anchor = countsFromFirst ? tookMs : times[index]!;
          // An attempt begins when the one before it has ended.
          const earliest = Math.max(anchor + interval, times[index]! + tookMs, times[index]! + Math.min(gap, intervalsMs[0]!));
          const latest = Math.max(anchor + interval * (1 + jitterRatio), earliest);
          expect(times[index + 1]).toBeGreaterThanOrEqual(earliest);
          expect(times[index + 1]).toBeLessThanOrEqual(Math.ceil(latest));
        }
      },
    ),
  );
});
