import type { LogDays } from './log-days.js';

/** What made an attempt happen. */
export type AttemptTrigger = 'event' | 'schedule' | 'manual' | 'replay' | 'test' | 'release';

/** Why a delivery waits in its webhook's lane. */
export type HoldReason = 'paused' | 'throttled' | 'slow' | 'ordered';

/**
 * A delivery that waits: the body of a message in RETRIES, LANES or REPLAYS. A reference with its history, not a copy of
 * the event: the payload stays in EVENTS at `eventSeq`, one copy however many wait for it. Unknown fields are kept.
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
  /** Those of them that a person asked for: they use up nothing of the schedule. */
  manualAttempts: number;
  /** When the first attempt had failed: what the `first_failure` schedule counts from. */
  firstFailedAtMs: number | null;
  lastAttemptAtMs: number | null;
  /** Not before this time, ms. */
  dueAtMs: number;
  trigger: AttemptTrigger;
  /** Why it waits, in LANES. */
  reason: HoldReason | null;
  replayId: string | null;
  /** The request of a person that makes its next attempt. */
  requestId: string | null;
  /** For how many days the log shows it: its event's; left out for the most, and so by replays. */
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

/** What a person asked for, of one delivery or of all that is known of somebody: the body of a message in REPLAYS under `manual.<p>.<webhook>`. The history is the log's. */
export interface ManualRequest extends WaitingDelivery {
  requestId: string;
  /** `erase`: its event was erased, so that there is nothing to send. */
  operation: 'retry' | 'cancel' | 'erase';
  /** Where it waited when it was asked for, as far as the log knew. */
  waits: { stream: 'RETRIES' | 'LANES'; seq: number } | null;
}
