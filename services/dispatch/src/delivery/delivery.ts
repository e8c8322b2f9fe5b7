import type { DeliveryFact, NetworkReason } from '#libs/contracts/src/fact';
import { KEPT_MS, WAITS_MAX_MS } from '#libs/contracts/src/streams';
import { firstDelivery, type WaitingDelivery } from '#libs/contracts/src/waiting-delivery';
import { Unreadable } from '#libs/contracts/src/unreadable';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';
import { nextAttemptAtMs } from './retry-schedule.js';

/** A delivery in hand: from a stream in which it waited, or new from an event. */
export type Delivery = Readonly<WaitingDelivery>;

/** How an attempt ended. */
export type AttemptOutcome =
  | { kind: 'succeeded'; statusCode: number }
  | { kind: 'refused'; statusCode: number; retryAfterMs: number | null }
  | { kind: 'unreachable'; reason: NetworkReason };

/** The meaning of a finished attempt for its delivery. */
export type Decision = { kind: 'succeeded' } | { kind: 'retry'; next: Delivery } | { kind: 'failed'; reason: 'gone' | null };

/** When an attempt's request began, and when its answer or the time-out came, ms. */
export interface AttemptTimes {
  startedAtMs: number;
  endedAtMs: number;
}

/** 410: the receiver wants no more, and the webhook is disabled. */
export const GONE = 410;

/**
 * Decides what a finished attempt means. Only 2xx is success; a redirect is a failure like any other answer. `jitter`: a
 * number from 0 to 1.
 */
export function afterAttempt(
  delivery: Delivery,
  outcome: AttemptOutcome,
  policy: RetryPolicy,
  attempt: AttemptTimes,
  jitter: number,
): Decision {
  if (outcome.kind === 'succeeded') return { kind: 'succeeded' };
  if (outcome.kind === 'refused' && outcome.statusCode === GONE) return { kind: 'failed', reason: 'gone' };
  const firstFailedAtMs = delivery.firstFailedAtMs ?? attempt.endedAtMs;
  const attempts = delivery.attempts + 1;
  const dueAtMs = nextAttemptAtMs(
    policy,
    {
      attempts: attempts - delivery.manualAttempts,
      firstFailedAtMs,
      lastAttemptAtMs: attempt.startedAtMs,
      lastFailedAtMs: attempt.endedAtMs,
      retryAfterMs: outcome.kind === 'refused' ? outcome.retryAfterMs : null,
    },
    jitter,
  );
  if (dueAtMs === null) return { kind: 'failed', reason: null };
  return { kind: 'retry', next: nextTry(delivery, { attempts, firstFailedAtMs, lastAttemptAtMs: attempt.startedAtMs, dueAtMs }) };
}

/**
 * Decides the same for a manual attempt, which uses up nothing of the schedule. An automatic retry that waited goes back to
 * its time, `waitsUntilMs`. Null: none waited, and a failure leaves the delivery failed.
 */
export function afterManualAttempt(
  delivery: Delivery,
  outcome: AttemptOutcome,
  attempt: AttemptTimes,
  waitsUntilMs: number | null,
): Decision {
  if (outcome.kind === 'succeeded') return { kind: 'succeeded' };
  if (outcome.kind === 'refused' && outcome.statusCode === GONE) return { kind: 'failed', reason: 'gone' };
  if (waitsUntilMs === null) return { kind: 'failed', reason: null };
  const askedMs = outcome.kind === 'refused' ? attempt.endedAtMs + (outcome.retryAfterMs ?? 0) : 0;
  const next = nextTry(delivery, {
    attempts: delivery.attempts + 1,
    firstFailedAtMs: delivery.firstFailedAtMs ?? attempt.endedAtMs,
    lastAttemptAtMs: attempt.startedAtMs,
    dueAtMs: Math.max(waitsUntilMs, askedMs),
  });
  return { kind: 'retry', next: { ...next, manualAttempts: delivery.manualAttempts + 1 } };
}

/** A delivery as it waits for its next attempt. */
export function nextTry(
  delivery: Delivery,
  progress: Pick<WaitingDelivery, 'attempts' | 'firstFailedAtMs' | 'lastAttemptAtMs' | 'dueAtMs'>,
): Delivery {
  return { ...delivery, ...progress, trigger: 'schedule', reason: null, requestId: null };
}

/** Makes the second try of an event or a replay again, from the fact of its first attempt. */
export function nextTryOf(fact: Extract<DeliveryFact, { kind: 'retry_scheduled' }>): Delivery {
  const { createdAtMs, replayId, attempt, atMs, nextAttemptAtMs: dueAtMs } = fact;
  return nextTry(
    { ...firstDelivery(fact, createdAtMs), replayId },
    {
      attempts: attempt.number,
      firstFailedAtMs: atMs,
      lastAttemptAtMs: attempt.atMs,
      dueAtMs,
    },
  );
}

/**
 * Identifies one coming attempt: the `Nats-Msg-Id` of the message that waits for it. It contains the event's sequence,
 * because an event published again after the window has the same delivery ids. It contains a person's request, which may
 * ask for an attempt that waited before and was cancelled.
 */
export function attemptId(delivery: Delivery): string {
  const { deliveryId, eventSeq, attempts, requestId } = delivery;
  return `${deliveryId}:${eventSeq}:${attempts + 1}${requestId === null ? '' : `:${requestId}`}`;
}

/** Reads a delivery from a message. Throws Unreadable when it is not JSON or its version is unknown. */
export function readDelivery<T extends Delivery>(body: Uint8Array): T {
  let delivery: T;
  try {
    delivery = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as T;
  } catch {
    throw new Unreadable('it is not JSON');
  }
  if (delivery?.v !== 1 || typeof delivery.deliveryId !== 'string' || typeof delivery.attempts !== 'number')
    throw new Unreadable('it is not a delivery, or its version is unknown');
  return delivery;
}

/**
 * Returns why EVENTS no longer has a delivery's event: it expired, or it was erased. A delivery is as old as its event.
 * Only a replay's event may be older, by at most WAITS_MAX_MS.
 */
export function whyLost({ createdAtMs, replayId }: Delivery, nowMs: number): 'expired' | 'erased' {
  const keptMs = replayId === null ? KEPT_MS : KEPT_MS - WAITS_MAX_MS;
  return nowMs - createdAtMs < keptMs ? 'erased' : 'expired';
}
