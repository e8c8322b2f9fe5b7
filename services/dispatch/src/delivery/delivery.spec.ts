import fc from 'fast-check';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';
import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import { afterAttempt, type AttemptOutcome, type Delivery } from './delivery.js';

const MINUTE = 60_000;
const policy: RetryPolicy = {
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
function attemptTimes(of: RetryPolicy, outcome: AttemptOutcome, tookMs = 0, jitter = 0): number[] {
  const times: number[] = [];
  let delivery: Delivery = fresh;
  for (let atMs = 0; ;) {
    times.push(atMs);
    const decision = afterAttempt(delivery, outcome, of, { startedAtMs: atMs, endedAtMs: atMs + tookMs }, jitter);
    if (decision.kind !== 'retry') return times;
    expect(decision.next).toMatchObject({ attempts: times.length, trigger: 'schedule' });
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
    intervalsMs: [1, 5, 30, 120, 1440].map((minutes) => minutes * MINUTE),
    countsFrom: 'first_failure',
  };
  expect(attemptTimes(nexus, refused, 500)).toEqual([0, ...[1, 5, 30, 120, 1440].map((minutes) => minutes * MINUTE + 500)]);
});

it('makes no retry when the policy has none', () => {
  expect(attemptTimes({ ...policy, intervalsMs: [] }, refused)).toEqual([0]);
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

it('is never early, and late only by the jitter', () => {
  const anyPolicy = fc.record({
    intervalsMs: fc.array(fc.integer({ min: 0, max: 86_400_000 }), { maxLength: 10 }),
    countsFrom: fc.constantFrom('previous_attempt' as const, 'first_failure' as const),
    timeoutMs: fc.constant(10_000),
    jitterRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      anyPolicy,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      (one, jitter, tookMs) => {
        const times = attemptTimes(one, refused, tookMs, jitter);
        expect(times).toHaveLength(one.intervalsMs.length + 1);
        for (const [index, interval] of one.intervalsMs.entries()) {
          const anchor = one.countsFrom === 'first_failure' ? tookMs : times[index]!;
          const earliest = Math.max(anchor + interval, times[index]! + tookMs);
          const latest = Math.max(anchor + interval * (1 + one.jitterRatio * jitter), times[index]! + tookMs);
          expect(times[index + 1]).toBeGreaterThanOrEqual(earliest);
          expect(times[index + 1]).toBeLessThanOrEqual(Math.ceil(latest));
        }
      },
    ),
  );
});
