import type { LogDays } from './log-days.js';

/**
 * What of an account is to be forgotten: the body of a message in ERASED, under `erased.<p>.<account>`. The log removes it from
 * EVENTS and REJECTED and from its tables when it reads this, and again should it read it again; dispatch forgets what it remembers.
 * It says of an event only what its row keeps.
 */
export interface Erasure {
  v: 1;
  events: ErasedEvent[];
  rejected: ErasedRejection[];
}

/** At most so many events, accepted and rejected, in a message. */
export const ERASED_MAX = 100;

export interface ErasedEvent {
  id: string;
  /** In EVENTS. */
  seq: number;
  type: string;
  /** As its publisher gave it. */
  occurredAt: string;
  storedAtMs: number;
  /** Where the bucket `records` has fingerprints of what the event told of its record; null for no record. */
  record: string | null;
  /** With which the row is found, or made; left out for the most. */
  logDays?: LogDays;
}

export interface ErasedRejection {
  id: string;
  /** In REJECTED. */
  seq: number;
  code: string;
  source: string;
  eventId: string | null;
  eventType: string | null;
  receivedAtMs: number;
  logDays?: LogDays;
}
