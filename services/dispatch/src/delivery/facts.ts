import type { AttemptRecord, BodyRecipe, DeliveryFact } from '#libs/contracts/src/fact';
import { newId } from '#libs/contracts/src/ids';
import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import type { Decision, Delivery } from './delivery.js';

type FactOf<K extends DeliveryFact['kind']> = Extract<DeliveryFact, { kind: K }>;

/** The part of an attempt that the log keeps. */
interface Attempted {
  record: AttemptRecord;
  recipe: BodyRecipe;
  endedAtMs: number;
}

/** Makes one fact of an attempt and its meaning for the delivery. */
export function attemptFact(delivery: Delivery, { record, recipe, endedAtMs }: Attempted, decision: Decision): DeliveryFact {
  const requestId = delivery.requestId === null ? {} : { requestId: delivery.requestId };
  const common = { ...factOf(delivery, endedAtMs), attempt: record, body: recipe, ...requestId };
  switch (decision.kind) {
    case 'succeeded':
      return { ...common, kind: 'succeeded' };
    case 'failed':
      return { ...common, kind: 'failed', reason: decision.reason };
    case 'retry':
      return { ...common, kind: 'retry_scheduled', nextAttemptAtMs: decision.next.dueAtMs };
  }
}

/** Tells where in RETRIES the message for the next attempt is. */
export function waitingFact(next: Delivery, retrySeq: number, nowMs: number): FactOf<'retry_waiting'> {
  const { attempts, dueAtMs } = next;
  return { ...factOf(next, nowMs), kind: 'retry_waiting', attempts, nextAttemptAtMs: dueAtMs, retrySeq };
}

/** Tells why a delivery waits and where in LANES. `number`: its position in the lane, 1-based; null for a duplicate. */
export function heldFact(
  delivery: Delivery,
  reason: HoldReason,
  { laneSeq, number }: { laneSeq: number; number: number | null },
  nowMs: number,
): FactOf<'held'> {
  const requestId = delivery.requestId === null ? {} : { requestId: delivery.requestId };
  const place = number === null ? { laneSeq } : { laneSeq, number };
  return { ...factOf(delivery, nowMs), kind: 'held', reason, ...place, attempts: delivery.attempts, ...requestId };
}

/** Ends a delivery that will not be sent. */
export function cancelledFact(delivery: Delivery, reason: string, nowMs: number): FactOf<'cancelled'> {
  return { ...factOf(delivery, nowMs), kind: 'cancelled', reason, attempts: delivery.attempts };
}

/** Ends a delivery whose event is no longer in EVENTS. */
export function lostFact(delivery: Delivery, reason: 'expired' | 'erased', nowMs: number): FactOf<'failed'> {
  return { ...factOf(delivery, nowMs), kind: 'failed', attempt: null, body: null, reason };
}

function factOf(delivery: Delivery, atMs: number): Omit<FactOf<'cancelled'>, 'kind' | 'reason' | 'attempts'> {
  const { deliveryId, accountId, webhookId, eventId, eventType, eventSeq, createdAtMs, replayId, logDays } = delivery;
  const ids = { deliveryId, accountId, webhookId, eventId, eventType, eventSeq };
  return { id: newId('fct', atMs), atMs, ...ids, createdAtMs, replayId, logDays };
}
