import type { DataRules } from './data-rules.js';
import type { LogDays } from './log-days.js';
import type { AttemptTrigger, HoldReason } from './waiting-delivery.js';

/** Why an attempt reached no answer. `error` of an attempt starts with one of these. */
export type NetworkReason =
  | 'timeout'
  | 'connection_refused'
  | 'connection_reset'
  | 'connection_failed'
  | 'dns_error'
  | 'tls_error'
  | 'address_refused'
  | 'url_refused'
  | 'invalid_response';

/** One HTTP request of a delivery, and what came back. */
export interface AttemptRecord {
  /** 1-based. */
  number: number;
  /** When the request began, ms. */
  atMs: number;
  trigger: AttemptTrigger;
  url: string;
  method: string;
  /** Null when no answer came; 408 for our own timeout, as the documents say. */
  statusCode: number | null;
  /** `<reason>: <words>`, without internal addresses; null when an answer came. */
  error: string | null;
  responseTimeMs: number;
  /** What the receiver answered, sealed with the event's key (libs/signing/src/sealed-answer.ts); null when no answer came. */
  answer: string | null;
  /** As sent, with the values of custom headers and signatures masked. */
  requestHeaders: Record<string, string>;
}

/** What the log needs to build the sent bytes again from the stored event. */
export interface BodyRecipe extends DataRules {
  envelope: string[];
  contentType: string;
}

/** The event of a test delivery: it is in no stream, so the facts carry it. */
export interface TestEvent {
  timestamp: string;
  /** JSON text of `data`. */
  data: string;
}

interface FactOfDelivery {
  /** Its own id, given when it is made: reading a fact twice changes nothing. */
  id: string;
  atMs: number;
  deliveryId: string;
  accountId: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  /** Where the event is in EVENTS; 0 for a test delivery. */
  eventSeq: number;
  /** The delivery's `created_at`. */
  createdAtMs: number;
  replayId: string | null;
  /** The delivery's; left out for the most. */
  logDays?: LogDays;
}

interface FactOfAttempt extends FactOfDelivery {
  attempt: AttemptRecord;
  body: BodyRecipe;
  /** The request of a person that made the attempt. */
  requestId?: string;
  /** Only in test deliveries. */
  test?: TestEvent;
}

/**
 * What happened to a delivery, in the order it happened. A failed attempt that will be tried again is two facts:
 * `retry_scheduled` is durable before the message that waits is published, so that a crash between them leaves a fact from
 * which the message is made again; `retry_waiting` then says where that message is.
 */
export type DeliveryFact =
  | (FactOfAttempt & { kind: 'succeeded' })
  | (FactOfAttempt & { kind: 'retry_scheduled'; nextAttemptAtMs: number })
  | (FactOfDelivery & { kind: 'retry_waiting'; attempts: number; nextAttemptAtMs: number; retrySeq: number })
  /** Out of tries. `reason` where something else ended it: `expired`, `gone` (410), `erased`. */
  | (FactOfDelivery & {
      kind: 'failed';
      attempt: AttemptRecord | null;
      body: BodyRecipe | null;
      requestId?: string;
      test?: TestEvent;
      reason: string | null;
    })
  /** `number`: it is the so manieth in the lane; left out where it was there before, so that nobody knows. */
  | (FactOfDelivery & {
      kind: 'held';
      reason: HoldReason;
      laneSeq: number;
      number?: number;
      attempts: number;
      requestId?: string;
    })
  /** Ended by a person, or because its webhook was deleted or disabled. */
  | (FactOfDelivery & { kind: 'cancelled'; reason: string; attempts: number });

/** The body of a message in FACTS: up to 100 facts of one partition. */
export interface FactBatch {
  v: 1;
  facts: DeliveryFact[];
}
