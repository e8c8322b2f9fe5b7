import type { LogDays } from './log-days.js';

/** The cause of an attempt. */
export type AttemptTrigger = 'event' | 'schedule' | 'manual' | 'replay' | 'test' | 'release';

/** Why a delivery waits in its webhook's lane. */
export type HoldReason = 'paused' | 'throttled' | 'slow' | 'ordered';

/**
 * A delivery that waits: the body of a message in RETRIES, LANES or REPLAYS. It refers to its event, whose payload stays in EVENTS
 * at `eventSeq`, one copy for any number of deliveries. Unknown fields are kept.
 */
export interface WaitingDelivery {
  v: 1;
  deliveryId: string;
  accountId: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  eventSeq: number;
  /** JetStream's time of the event in EVENTS, ms; for a replay, the time of the replay. */
  createdAtMs: number;
  /** Attempts made so far. */
  attempts: number;
  /** Attempts among them that a person asked for. They use up nothing of the schedule. */
  manualAttempts: number;
  /** When the first attempt had failed, ms. The `first_failure` schedule counts from it. */
  firstFailedAtMs: number | null;
  lastAttemptAtMs: number | null;
  /** Earliest time of the next attempt, ms. */
  dueAtMs: number;
  trigger: AttemptTrigger;
  /** Why it waits in LANES; null elsewhere. */
  reason: HoldReason | null;
  replayId: string | null;
  /** The person's request that makes its next attempt; null for the schedule's attempts. */
  requestId: string | null;
  /** Retention in the log, that of its event. Omitted for the longest, which replays have. */
  logDays?: LogDays;
}

/** The ids of a delivery and of its event. */
export type DeliveryIds = Pick<
  WaitingDelivery,
  'deliveryId' | 'accountId' | 'webhookId' | 'eventId' | 'eventType' | 'eventSeq' | 'logDays'
>;

/** A delivery before its first attempt, due at once. */
export function firstDelivery(ids: DeliveryIds, createdAtMs: number, trigger: AttemptTrigger = 'event'): WaitingDelivery {
  const { deliveryId, accountId, webhookId, eventId, eventType, eventSeq, logDays } = ids;
  return {
    v: 1,
    deliveryId,
    accountId,
    webhookId,
    eventId,
    eventType,
    eventSeq,
    createdAtMs,
    attempts: 0,
    manualAttempts: 0,
    firstFailedAtMs: null,
    lastAttemptAtMs: null,
    dueAtMs: createdAtMs,
    trigger,
    reason: null,
    replayId: null,
    requestId: null,
    logDays,
  };
}

/** A person's request for one delivery: the body of a message in REPLAYS under `manual.<p>.<webhook>`. Its history is the log's. */
export interface ManualRequest extends WaitingDelivery {
  requestId: string;
  /** `erase`: its event was erased, so nothing is left to send. */
  operation: 'retry' | 'cancel' | 'erase';
  /** Where it waited when the person asked, as far as the log knew; null when it did not wait. */
  waits: { stream: 'RETRIES' | 'LANES'; seq: number } | null;
}
