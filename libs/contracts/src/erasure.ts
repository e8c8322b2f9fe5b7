import type { LogDays } from './log-days.js';

/**
 * Events of an account that are to be erased: the body of a message in ERASED, under `erased.<p>.<account>`. The log reads it and
 * deletes them from EVENTS, REJECTED and its tables; reading it again is harmless. Dispatch drops them from its memory. The message
 * holds only those facts of an event that its row keeps.
 */
export interface Erasure {
  v: 1;
  events: ErasedEvent[];
  rejected: ErasedRejection[];
}

/** The most events in one message, accepted and rejected ones together. */
export const ERASED_MAX = 100;

export interface ErasedEvent {
  id: string;
  /** Sequence in EVENTS. */
  seq: number;
  type: string;
  /** The event's timestamp. */
  occurredAt: string;
  storedAtMs: number;
  /** Key in the bucket `records` that holds fingerprints of the event's values; null when the event has no record. */
  record: string | null;
  /** Retention under which the row is found, or made; omitted for the longest. */
  logDays?: LogDays;
}

export interface ErasedRejection {
  id: string;
  /** Sequence in REJECTED. */
  seq: number;
  code: string;
  source: string;
  eventId: string | null;
  eventType: string | null;
  receivedAtMs: number;
  logDays?: LogDays;
}
