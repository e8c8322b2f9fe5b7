import type { DeliveryFact } from '#libs/contracts/src/fact';

/** Where the facts leave a delivery. */
export type LedgerEntry =
  | { state: 'waiting'; attempts: number; lastAttemptAtMs: number; failedAtMs: number; nextAttemptAtMs: number }
  | { state: 'held'; attempts: number }
  | { state: 'settled'; attempts: number };

/** How far back the ledger remembers, counted from the last fact and not from the clock: an outage ages nothing. */
export const LEDGER_MEMORY_MS = 120_000;
/** At most so many deliveries are remembered, about 100 bytes each. */
const ENTRIES_MAX = 1_000_000;
const GENERATIONS = 4;

/**
 * What became of the deliveries of the last two minutes, folded from facts. A message that comes again, because a process
 * died or NATS forgot an ack, is checked against it before any request is made. This is what makes an ack that got lost
 * harmless; it is not a list of what waits (that is in the streams).
 */
export class Ledger {
  /** Newest first. Old generations are dropped whole, which costs nothing. */
  private generations: Map<string, LedgerEntry>[] = [new Map()];
  private newestStartedAtMs = 0;

  /** Folds a fact in; doing it twice changes nothing. */
  apply(fact: DeliveryFact): void {
    const entry = entryAfter(fact);
    if (entry) {
      const key = keyOf(fact.deliveryId, fact.eventSeq);
      const known = this.findEntry(key);
      // Facts of two owners may be read out of their order: a settled delivery stays settled, attempts never go back.
      if (known && (known.state === 'settled' || known.attempts > entry.attempts)) return;
      this.generations[0]!.set(key, entry);
    }
    this.age(fact.atMs);
  }

  /** `eventSeq` tells an event that was published again, after the window, from one that was delivered again. */
  find(deliveryId: string, eventSeq: number): LedgerEntry | null {
    return this.findEntry(keyOf(deliveryId, eventSeq)) ?? null;
  }

  private findEntry(key: string): LedgerEntry | undefined {
    for (const generation of this.generations) {
      const entry = generation.get(key);
      if (entry) return entry;
    }
    return undefined;
  }

  private age(atMs: number): void {
    const isFull = this.generations[0]!.size >= ENTRIES_MAX / GENERATIONS;
    if (atMs - this.newestStartedAtMs < LEDGER_MEMORY_MS / (GENERATIONS - 1) && !isFull) return;
    this.newestStartedAtMs = atMs;
    this.generations = [new Map<string, LedgerEntry>(), ...this.generations].slice(0, GENERATIONS);
  }
}

function keyOf(deliveryId: string, eventSeq: number): string {
  return `${deliveryId}:${eventSeq}`;
}

function entryAfter(fact: DeliveryFact): LedgerEntry | null {
  switch (fact.kind) {
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return { state: 'settled', attempts: 'attempt' in fact ? (fact.attempt?.number ?? 0) : fact.attempts };
    case 'retry_scheduled':
      return {
        state: 'waiting',
        attempts: fact.attempt.number,
        lastAttemptAtMs: fact.attempt.atMs,
        failedAtMs: fact.atMs,
        nextAttemptAtMs: fact.nextAttemptAtMs,
      };
    case 'held':
      return { state: 'held', attempts: fact.attempts };
    case 'retry_waiting':
      return null;
  }
}
