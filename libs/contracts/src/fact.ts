import type { DataRules } from './data-rules.js';
import type { LogDays } from './log-days.js';
import type { AttemptTrigger, HoldReason } from './waiting-delivery.js';

/** Why an attempt got no answer. `error` of an attempt starts with one of these. */
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

/** One HTTP request of a delivery, and its outcome. */
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
  /** `<reason>: <text>`, without internal addresses; null when an answer came. */
  error: string | null;
  responseTimeMs: number;
  /** Sent a second time at once: a reused connection closed before one byte of an answer. */
  isResent?: true;
  /** The receiver's answer, sealed with the event's key (libs/signing/src/sealed-answer.ts); null when no answer came. */
  answer: string | null;
  /** As sent, with the values of custom headers and signatures masked. */
  requestHeaders: Record<string, string>;
}

/** How the log builds the sent bytes again from the stored event. */
export interface BodyRecipe extends DataRules {
  envelope: string[];
  contentType: string;
}

/** The event of a test delivery. It is in no stream, so the facts carry it. */
export interface TestEvent {
  timestamp: string;
  /** JSON text of `data`. */
  data: string;
}

interface FactOfDelivery {
  /** The fact's own id, given when it is made. Reading a fact twice is idempotent. */
  id: string;
  atMs: number;
  deliveryId: string;
  accountId: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  /** Sequence of the event in EVENTS; 0 for a test delivery. */
  eventSeq: number;
  /** The delivery's `created_at`. */
  createdAtMs: number;
  replayId: string | null;
  /** Retention of the delivery in the log; omitted for the longest. */
  logDays?: LogDays;
}

interface FactOfAttempt extends FactOfDelivery {
  attempt: AttemptRecord;
  body: BodyRecipe;
  /** The person's request that made the attempt. */
  requestId?: string;
  /** Only in test deliveries. */
  test?: TestEvent;
}

/**
 * A step in the life of a delivery. A failed attempt with a retry is two facts. `retry_scheduled` is durable before the waiting
 * message is published: after a crash between them, the message is made again from the fact. `retry_waiting` then says where
 * the message is.
 */
export type DeliveryFact =
  | (FactOfAttempt & { kind: 'succeeded' })
  | (FactOfAttempt & { kind: 'retry_scheduled'; nextAttemptAtMs: number })
  | (FactOfDelivery & { kind: 'retry_waiting'; attempts: number; nextAttemptAtMs: number; retrySeq: number })
  /** All retries failed. `reason` is set when something else ended the delivery: `expired`, `gone` (410), `erased`. */
  | (FactOfDelivery & {
      kind: 'failed';
      attempt: AttemptRecord | null;
      body: BodyRecipe | null;
      requestId?: string;
      test?: TestEvent;
      reason: string | null;
    })
  /** `number`: position in the lane, 1-based. Omitted for a duplicate publish, whose position is unknown. */
  | (FactOfDelivery & {
      kind: 'held';
      reason: HoldReason;
      laneSeq: number;
      number?: number;
      attempts: number;
      requestId?: string;
    })
  /** Ended by a person, or because the webhook was deleted or disabled. */
  | (FactOfDelivery & { kind: 'cancelled'; reason: string; attempts: number });

/** The body of a message in FACTS: up to 100 facts of one partition. */
export interface FactBatch {
  v: 1;
  facts: DeliveryFact[];
}
