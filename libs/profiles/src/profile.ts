import type { EnvelopeField, RetryPolicy } from '#libs/contracts/src/webhook-state';

/** One kind of event that a CRM publishes. */
export interface EventType {
  /** `deal.won`. */
  name: string;
  /** As the CRM's document groups it: `Contact Events`. */
  category: string;
  /** As the CRM's document says it. */
  description: string;
  /** JSON Schema (draft 2020-12) of `data`; null accepts any object. */
  schema: object | null;
  /** A realistic `data`, valid under `schema`, sent by test deliveries. */
  sample: Record<string, unknown>;
}

/**
 * The contract of one CRM product with its receivers. A profile is data in a file of its own: nothing else in the code
 * knows a CRM's name, and a sixth CRM is one more file. Every value but the catalog and the envelope is a default that a webhook's own settings override.
 */
export interface Profile {
  name: string;
  /** Fields of the body, in this order. */
  envelope: EnvelopeField[];
  /** Header with the lower-case hex HMAC-SHA256 of the raw body; null where the CRM has none. */
  signatureHeader: string | null;
  retryPolicy: RetryPolicy;
  /** What happens after so many consecutive failures; null: nothing. */
  autoPause: { afterFailures: number; action: 'pause' | 'disable' } | null;
  eventTypes: EventType[];
}
