import type { DataRules } from './data-rules.js';
import type { Filter } from './filter.js';

/** A field of the body that a receiver gets, in the order of the profile's envelope. */
export type EnvelopeField = 'id' | 'event' | 'timestamp' | 'webhook_id' | 'account_id' | 'data';

export type WebhookStatus = 'active' | 'paused' | 'disabled';

/** The retry schedule, and the time-out of one attempt. */
export interface RetryPolicy {
  /** 0–10. */
  maxRetries: number;
  /** Delay before attempt 2, 3, …, at most 24 h each. Retries beyond the list come its last interval apart. */
  intervalsMs: number[];
  /** Start of an interval: the attempt before it, or the failure of the delivery's first attempt. */
  countsFrom: 'previous_attempt' | 'first_failure';
  /** 5,000–60,000. */
  timeoutMs: number;
  /** 0–1: the share of an interval that jitter may add. Jitter never shortens. */
  jitterRatio: number;
}

/**
 * A secret, sealed with AES-256-GCM under the account's data key. The additional data is `<account>\n<webhook>\n<field>`, so a
 * ciphertext that was moved to another webhook does not open.
 */
export interface Sealed {
  /** base64 of 12 bytes nonce, ciphertext, 16 bytes tag. */
  box: string;
}

/**
 * Everything that dispatch needs to deliver to a webhook: the body of `webhook.<p>.<account>.<webhook>` in WEBHOOKS. The last
 * message wins. It names no CRM: the account's profile is already resolved into envelope, header and policy.
 */
export interface WebhookState extends DataRules {
  v: 1;
  id: string;
  accountId: string;
  /** Grows with every change; an older revision never wins. */
  revision: number;
  deleted: boolean;
  status: WebhookStatus;
  name: string;
  /** Event types and patterns: `deal.won`, `contact.*`, `*`. */
  events: string[];
  filter: Filter | null;
  url: string;
  method: 'POST' | 'PUT' | 'PATCH';
  contentType: 'application/json' | 'application/x-www-form-urlencoded';
  envelope: EnvelopeField[];
  /** The profile's signature header, e.g. `X-Asan-Signature`; null where the profile has none. */
  signatureHeader: string | null;
  /** Data key of the account, wrapped by the key-encryption key named here. */
  dataKey: { kekId: string; wrapped: string };
  /** Custom headers, sealed JSON `{name: value}` (field `headers`); null when there are none. */
  headers: Sealed | null;
  /** The signing secrets, newest first (field `secret`); two during a rotation. `until`: RFC 3339, null for the current one. */
  secrets: { sealed: Sealed; until: string | null }[];
  retryPolicy: RetryPolicy;
  /** Paused by failures. From time to time one delivery probes whether the receiver answers again. */
  isProbed: boolean;
  maxConcurrency: number | null;
  ratePerSecond: number | null;
  /** Rate limit while held deliveries are released after a resume; null for `ratePerSecond`. */
  releaseRatePerSecond: number | null;
  /** Revision from which failures are counted: the first, or that of the last resume. */
  failuresSinceRevision: number;
  /**
   * JetStream's time of the webhook's first state, ms. A webhook gets only events stored after it. Null in the first state
   * itself, whose own message has that time.
   */
  activeSinceMs: number | null;
}
