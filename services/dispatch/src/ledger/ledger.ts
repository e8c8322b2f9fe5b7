import type { DeliveryFact } from '#libs/contracts/src/fact';

/** A delivery's state according to its facts. */
export type LedgerEntry =
  | {
      state: 'waiting';
      attempts: number;
      lastAttemptAtMs: number;
      failedAtMs: number;
      nextAttemptAtMs: number;
      /** Its message's sequence in RETRIES; null until a fact tells it. */
      retrySeq: number | null;
    }
  | { state: 'held'; attempts: number; laneSeq: number }
  | { state: 'settled'; attempts: number };

type ScheduledFact = Extract<DeliveryFact, { kind: 'retry_scheduled' }>;

/** The ledger's memory, counted back from the last fact and not from the clock: an outage ages nothing. */
export const LEDGER_MEMORY_MS = 120_000;
/** Deliveries remembered at most, about 100 bytes each. */
const ENTRIES_MAX = 1_000_000;
const GENERATIONS = 4;

/**
 * The outcomes of the last two minutes, folded from facts. Every message is checked against it before a request is made, so
 * a redelivery after a crash or a lost ack is harmless. It is not the backlog: that is in the streams.
 */
export class Ledger {
  /** Newest first. An old generation is dropped whole, which costs nothing. */
  private generations: Map<string, LedgerEntry>[] = [new Map()];
  private newestStartedAtMs = 0;
  /** Failed attempts whose retry no fact mentions yet, by event. There are as many as are being settled. */
  private readonly unscheduled = new Map<number, Map<string, ScheduledFact>>();

  /** Folds a fact in. Idempotent. */
  apply(fact: DeliveryFact): void {
    if ('attempt' in fact && fact.requestId !== undefined) this.generations[0]!.set(requestKey(fact.requestId), DONE);
    const key = keyOf(fact.deliveryId, fact.eventSeq);
    const known = this.entryUnder(key) ?? null;
    const entry = entryAfter(fact, known);
    // Facts of two owners may be read out of order, so attempts never go back. A settled delivery stays settled, even when a
    // person asks for one more attempt.
    if ((known?.attempts ?? 0) <= entry.attempts) {
      this.generations[0]!.set(key, known?.state === 'settled' ? { state: 'settled', attempts: entry.attempts } : entry);
    }
    this.rememberUnscheduled(fact);
    this.age(fact.atMs);
  }

  /** Finds the entry that counts for a delivery that waits. For a person's request, only that request counts. */
  findEntryFor({
    deliveryId,
    eventSeq,
    requestId,
  }: {
    deliveryId: string;
    eventSeq: number;
    requestId: string | null;
  }): LedgerEntry | null {
    if (requestId === null) return this.findEntry(deliveryId, eventSeq);
    return this.isRequestDone(requestId) ? DONE : null;
  }

  /** Lists an event's failed attempts whose retry may be missing, because the process died in between. */
  unscheduledOf(eventSeq: number): ScheduledFact[] {
    return [...(this.unscheduled.get(eventSeq)?.values() ?? [])];
  }

  /** Lists the same for replays' first attempts that failed before `untilMs`. */
  unscheduledReplays(untilMs: number): ScheduledFact[] {
    const facts = [...this.unscheduled.values()].flatMap((ofEvent) => [...ofEvent.values()]);
    return facts.filter(({ replayId, attempt, atMs }) => replayId !== null && attempt.number === 1 && atMs < untilMs);
  }

  /** Tells whether this request's attempt was made. */
  isRequestDone(requestId: string): boolean {
    return this.entryUnder(requestKey(requestId)) !== undefined;
  }

  /** `eventSeq` tells an event published again after the window from a redelivered one. */
  findEntry(deliveryId: string, eventSeq: number): LedgerEntry | null {
    return this.entryUnder(keyOf(deliveryId, eventSeq)) ?? null;
  }

  private rememberUnscheduled(fact: DeliveryFact): void {
    const ofEvent = this.unscheduled.get(fact.eventSeq);
    if (fact.kind === 'retry_scheduled') {
      if (ofEvent) ofEvent.set(fact.deliveryId, fact);
      else this.unscheduled.set(fact.eventSeq, new Map([[fact.deliveryId, fact]]));
    } else if (ofEvent?.delete(fact.deliveryId) && ofEvent.size === 0) {
      this.unscheduled.delete(fact.eventSeq);
    }
  }

  private entryUnder(key: string): LedgerEntry | undefined {
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

function requestKey(requestId: string): string {
  return `request ${requestId}`;
}

const DONE: LedgerEntry = { state: 'settled', attempts: 0 };

function entryAfter(fact: DeliveryFact, known: LedgerEntry | null): LedgerEntry {
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
        retrySeq: null,
      };
    case 'held':
      return { state: 'held', attempts: fact.attempts, laneSeq: fact.laneSeq };
    case 'retry_waiting':
      // The attempt's own fact may be older than the memory.
      return known?.state === 'waiting' && known.attempts === fact.attempts
        ? { ...known, retrySeq: fact.retrySeq }
        : {
            state: 'waiting',
            attempts: fact.attempts,
            lastAttemptAtMs: fact.atMs,
            failedAtMs: fact.atMs,
            nextAttemptAtMs: fact.nextAttemptAtMs,
            retrySeq: fact.retrySeq,
          };
  }
}
