import type { Sealed } from './webhook-state.js';

/** How senders sign. Every scheme is an HMAC-SHA256 of the raw body in a notation of its own. */
export const SIGNATURE_SCHEMES = ['standard', 'hex', 'base64', 'prefixed_hex', 'timestamped'] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

/** A path into a body: names of members, joined by dots, `object.customer.id`. It does not lead into lists. */
export const BODY_PATH_PATTERN = /^[^.]{1,100}(\.[^.]{1,100}){0,9}$/u;

/** Maps the body that a sender posts to the parts of an event. */
export interface InboundMapping {
  /** The sender's own id of the event. */
  id?: string;
  key?: string;
  /** An RFC 3339 time, or Unix time in seconds or milliseconds. The default is the time of arrival. */
  timestamp?: string;
  /** An object of the body, or the members of a new one. The default is the whole body. */
  data?: string | Record<string, string>;
}

/**
 * Everything that ingestion needs to accept a post to an inbound webhook: `inbound.<token hash>` in WEBHOOKS. The last message
 * wins. A request is looked up by its subject.
 */
export interface InboundWebhookState {
  v: 1;
  id: string;
  accountId: string;
  /** Grows with every change. */
  revision: number;
  deleted: boolean;
  /** Type of the events that posts become. */
  event: string;
  /** Null lets anybody post who knows the URL. `header` is null when the scheme names its own. The secret is sealed (field `verification`). */
  verification: { scheme: SignatureScheme; header: string | null; secret: Sealed } | null;
  mapping: InboundMapping | null;
  /** Data key of the account, wrapped by the key-encryption key named here. */
  dataKey: { kekId: string; wrapped: string };
}

/** The event, or rejected event, that an external id has become: `inbound_seen.<inbound webhook>.<derived id>` in INBOUND. */
export interface SeenMark {
  v: 1;
  id: string;
}
