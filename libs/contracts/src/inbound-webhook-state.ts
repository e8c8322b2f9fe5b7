import type { Sealed } from './webhook-state.js';

/** How senders sign: every one of them is an HMAC-SHA256 of the raw body, told in another way. */
export const SIGNATURE_SCHEMES = ['standard', 'hex', 'base64', 'prefixed_hex', 'timestamped'] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

/** A path into a body: the names of members, joined by dots, `object.customer.id`. Lists are not looked into. */
export const BODY_PATH_PATTERN = /^[^.]{1,100}(\.[^.]{1,100}){0,9}$/u;

/** Where the parts of an event are in the body that a sender posts. */
export interface InboundMapping {
  /** What the sender tells its own events apart by. */
  id?: string;
  key?: string;
  /** An RFC 3339 time, or Unix time in seconds or milliseconds. Without it, the time of reception. */
  timestamp?: string;
  /** An object of the body, or the members of a new one. Without it, the whole body. */
  data?: string | Record<string, string>;
}

/**
 * Everything ingestion needs to take what is posted to an inbound webhook: `inbound.<token hash>` in WEBHOOKS, the last
 * message wins. The subject is what a request can be looked up by.
 */
export interface InboundWebhookState {
  v: 1;
  id: string;
  accountId: string;
  /** Grows with every change. */
  revision: number;
  deleted: boolean;
  /** The type of the events that it makes. */
  event: string;
  /** Null: whoever knows the URL may post. `header` is null where the scheme names its own. The secret is sealed (field `verification`). */
  verification: { scheme: SignatureScheme; header: string | null; secret: Sealed } | null;
  mapping: InboundMapping | null;
  /** Data key of the account, wrapped by the key-encryption key named here. */
  dataKey: { kekId: string; wrapped: string };
}

/** What an external id has become, under `inbound_seen.<inbound webhook>.<derived id>` in INBOUND: an event, or a rejected one. */
export interface SeenMark {
  v: 1;
  id: string;
}
