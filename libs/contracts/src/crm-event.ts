/**
 * An event as ingestion accepts it and EVENTS stores it: the body of the message is `data`, byte for byte as it was
 * accepted (only line breaks between tokens are dropped, so that what a receiver gets is one line); the rest is headers.
 */
export interface CrmEvent {
  /** `^[A-Za-z0-9_-]{1,64}$`, unique per account; a receiver sees it as `webhook-id`. */
  id: string;
  accountId: string;
  /** `deal.won`. */
  type: string;
  /** RFC 3339 UTC, as the CRM gave it, else the time of acceptance. */
  timestamp: string;
  /** The record the event is about, `deal:42`, if it could be told. */
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
  /** What opens the answers of receivers to this event: nowhere else, so that it is erased with the event. */
  answerKey: 'Tidings-Answer-Key',
  traceparent: 'traceparent',
  /** For how many days the log shows it and what came of it (log-days.ts); left out for the most. */
  logDays: 'Tidings-Log-Days',
  /** JSON of what the type's schema says of an event that was accepted all the same, `[{pointer, detail}]`. */
  warnings: 'Tidings-Warnings',
} as const;

/** Why an event was not accepted, as stored in REJECTED: the message's body is the body as it came, at most 256 KiB of it. */
export const rejectedHeaders = {
  id: 'Tidings-Rejected-Id',
  code: 'Tidings-Reason-Code',
  reason: 'Tidings-Reason',
  /** The subject it came on, or `/in/<inbound webhook>`. */
  source: 'Tidings-Source',
  eventId: 'Tidings-Event-Id',
  eventType: 'Tidings-Event-Type',
  /** As that of an event. */
  logDays: 'Tidings-Log-Days',
} as const;

/** A rejected event was sent again by a person, under `resent.<account>` in REJECTED: headers, no body. */
export const resentHeaders = {
  /** Of the rejected event. */
  id: 'Tidings-Rejected-Id',
  /** What it has become. */
  eventId: 'Tidings-Event-Id',
} as const;

/** The record that `data` names, by its `id` or `<noun>_id`: `deal:42`. Null when it names none. */
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
