import type { EnvelopeField, RetryPolicy } from '#libs/contracts/src/webhook-state';

/** One kind of event that a CRM publishes. */
export interface EventType {
  /** `deal.won`. */
  name: string;
  /** Group in the CRM's document: `Contact Events`. */
  category: string;
  /** Text of the CRM's document. */
  description: string;
  /** JSON Schema (draft 2020-12) of `data`; null accepts any object. */
  schema: object | null;
  /** A realistic `data`, valid under `schema`, sent by test deliveries. */
  sample: Record<string, unknown>;
}

/**
 * The contract of one CRM product with its receivers. A profile is data in a file of its own. Nothing else in the code knows a
 * CRM's name, so a sixth CRM is one more file. A webhook's own settings override every value but the catalog and the envelope.
 */
export interface Profile {
  name: string;
  /** Fields of the body, in this order. */
  envelope: EnvelopeField[];
  /** Header with the lower-case hex HMAC-SHA256 of the raw body; null where the CRM has none. */
  signatureHeader: string | null;
  retryPolicy: RetryPolicy;
  /** Action after `afterFailures` consecutive failures. Null: none, unless a webhook sets its own number. */
  autoPause: { afterFailures: number | null; action: 'pause' | 'disable' };
  eventTypes: EventType[];
}
