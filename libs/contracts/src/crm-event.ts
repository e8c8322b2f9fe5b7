/**
 * An event as ingestion accepts it and EVENTS stores it. The message's body is `data`, byte for byte as it was accepted, the rest
 * is headers. Only line breaks between tokens are dropped, so that a receiver gets one line.
 */
export interface CrmEvent {
  /** `^[A-Za-z0-9_-]{1,64}$`, unique per account; a receiver sees it as `webhook-id`. */
  id: string;
  accountId: string;
  /** `deal.won`. */
  type: string;
  /** RFC 3339 UTC: the CRM's own, else the time of acceptance. */
  timestamp: string;
  /** The record that the event is about, `deal:42`; null when it names none. */
  key: string | null;
  traceparent: string | null;
  /** The JSON text of `data`, UTF-8. */
  data: Uint8Array;
}

/** Headers of a message in EVENTS. `Nats-Msg-Id` is `<account>:<id>`. */
export const eventHeaders = {
  id: 'Tidings-Event-Id',
  timestamp: 'Tidings-Timestamp',
  key: 'Tidings-Key',
  /** Opens the answers of receivers to this event. It is kept nowhere else, so it is erased together with the event. */
  answerKey: 'Tidings-Answer-Key',
  /** SHA-256 of a CloudEvent's `source`, hex; omitted for any other event. */
  sourceHash: 'Tidings-Source-Hash',
  traceparent: 'traceparent',
  /** Retention of the event and its deliveries in the log (log-days.ts); omitted for the longest. */
  logDays: 'Tidings-Log-Days',
  /** JSON of the schema's mistakes in an event that was accepted all the same, `[{pointer, detail}]`. */
  warnings: 'Tidings-Warnings',
} as const;

/**
 * Headers of a rejected event in REJECTED. The message's body is the body as it came, at most 256 KiB of it. Texts from outside
 * are escaped (header-text.ts).
 */
export const rejectedHeaders = {
  id: 'Tidings-Rejected-Id',
  code: 'Tidings-Reason-Code',
  reason: 'Tidings-Reason',
  /** Subject that it was published to, or `/in/<inbound webhook>`. */
  source: 'Tidings-Source',
  eventId: 'Tidings-Event-Id',
  eventType: 'Tidings-Event-Type',
  /** As in `eventHeaders`. */
  logDays: 'Tidings-Log-Days',
} as const;

/** Headers of `resent.<account>` in REJECTED: a person sent a rejected event again. The message has no body. */
export const resentHeaders = {
  /** Id of the rejected event. */
  id: 'Tidings-Rejected-Id',
  /** Id of the event that it has become. */
  eventId: 'Tidings-Event-Id',
} as const;

/** The record that `data` names by its `id` or `<noun>_id`, `deal:42`; null when it names none. */
export function recordKeyIn(type: string, data: Record<string, unknown>): string | null {
  const noun = type.split('.')[0]!;
  const id = data['id'] ?? data[`${noun}_id`];
  const isUsable = (typeof id === 'string' && /^[\x21-\x7e]{1,150}$/.test(id)) || typeof id === 'number';
  return isUsable ? `${noun}:${id}` : null;
}

/** The grammar of event types, and of the subject tokens behind `crm.<account>.`. */
export const EVENT_TYPE_PATTERN = /^[a-z0-9_]+(\.[a-z0-9_]+){0,7}$/;

/** An event's body, as published, is at most 256 KiB. */
export const EVENT_BYTES_MAX = 256 * 1024;
