import { answerKeyOf } from './answer-key.js';
import { eventHeaders, type CrmEvent } from './crm-event.js';
import { logDaysIn, saidLogDays, type LogDays } from './log-days.js';

/** A message of EVENTS, however it was read. */
export interface EventMessage {
  /** `event.<partition>.<account>.<type>`. */
  subject: string;
  seq: number;
  /** JetStream's time, ms. */
  storedAtMs: number;
  body: Uint8Array;
  /** Null when the message has no such header. */
  header: (name: string) => string | null;
}

/** An event as EVENTS keeps it. */
export interface StoredEvent extends CrmEvent {
  seq: number;
  /** JetStream's time, ms. */
  storedAtMs: number;
  /** Seals the answers of receivers to this event. */
  answerKey: Buffer;
  /** Retention in the log, as messages say it: undefined for the longest. */
  logDays: LogDays | undefined;
  /** JSON of the mistakes that the type's schema found, `[{pointer, detail}]`; null when it found none. */
  warnings: string | null;
}

/** Reads an event from its message in EVENTS. */
export function readEvent({ subject, seq, storedAtMs, body, header }: EventMessage): StoredEvent {
  const [, , accountId = '', ...type] = subject.split('.');
  return {
    id: header(eventHeaders.id) ?? '',
    accountId,
    type: type.join('.'),
    timestamp: header(eventHeaders.timestamp) ?? new Date(storedAtMs).toISOString(),
    key: header(eventHeaders.key),
    traceparent: header(eventHeaders.traceparent),
    data: body,
    seq,
    storedAtMs,
    answerKey: answerKeyOf(header(eventHeaders.answerKey), body),
    logDays: saidLogDays(logDaysIn(header(eventHeaders.logDays))),
    warnings: header(eventHeaders.warnings),
  };
}
