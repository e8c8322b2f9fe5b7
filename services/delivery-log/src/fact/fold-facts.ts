import { stateAfter, type DeliveryState } from '#libs/contracts/src/delivery-state';
import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { isSettledBy } from './settled.js';

/** A row of `attempts`. */
export interface AttemptRow extends AttemptRecord {
  factId: string;
  deliveryId: string;
  accountId: string;
  /** Null when no retry follows. */
  nextAttemptAtMs: number | null;
  logDays: LogDays;
}

/** A decision without an attempt: a row of `decisions`. */
export interface DecisionRow {
  atMs: number;
  deliveryId: string;
  accountId: string;
  kind: 'held' | 'failed' | 'cancelled';
  reason: string | null;
  /** Position in the lane, 1-based. */
  number: number | null;
  isManual: boolean;
  logDays: LogDays;
}

export interface Folded {
  deliveries: DeliveryState[];
  attempts: AttemptRow[];
  decisions: DecisionRow[];
}

/**
 * Folds a batch of facts, in stream order, into rows: the last state of each delivery, every attempt and every decision. A fact
 * without an attempt leaves the attempt's columns null, and the projection keeps the stored values there.
 */
export function foldFacts(facts: Iterable<DeliveryFact>): Folded {
  const deliveries = new Map<string, DeliveryState>();
  const attempts = new Map<string, AttemptRow>();
  const decisions: DecisionRow[] = [];
  for (const fact of facts) {
    const key = `${fact.deliveryId}:${fact.createdAtMs}`;
    const known = deliveries.get(key);
    const state = stateAfter(fact);
    deliveries.set(key, known ? merge(known, state) : state);
    if ('attempt' in fact && fact.attempt !== null) attempts.set(fact.id, attemptRow(fact, fact.attempt));
    else if (fact.kind === 'held' || fact.kind === 'failed' || fact.kind === 'cancelled') decisions.push(decisionRow(fact));
  }
  return { deliveries: [...deliveries.values()], attempts: [...attempts.values()], decisions };
}

function attemptRow(fact: DeliveryFact, attempt: AttemptRecord): AttemptRow {
  const nextAttemptAtMs = fact.kind === 'retry_scheduled' ? fact.nextAttemptAtMs : null;
  const { id: factId, deliveryId, accountId } = fact;
  return { ...attempt, factId, deliveryId, accountId, nextAttemptAtMs, logDays: logDaysIn(fact.logDays) };
}

function decisionRow(fact: Extract<DeliveryFact, { kind: DecisionRow['kind'] }>): DecisionRow {
  const { atMs, deliveryId, accountId, kind, reason } = fact;
  const number = fact.kind === 'held' ? (fact.number ?? null) : null;
  return { atMs, deliveryId, accountId, kind, reason, number, isManual: isAskedFor(fact), logDays: logDaysIn(fact.logDays) };
}

function isAskedFor(fact: DeliveryFact): boolean {
  return 'requestId' in fact && fact.requestId !== undefined;
}

/** Merges two states of a delivery. A value that the later state leaves null stays. */
function merge(known: DeliveryState, later: DeliveryState): DeliveryState {
  const { status, reason, nextAttemptAtMs, waitingSeq, isManual } = isSettledBy(known.status, later.status, later.isManual)
    ? known
    : later;
  return {
    ...later,
    status,
    reason,
    nextAttemptAtMs,
    waitingSeq,
    isManual,
    attempts: Math.max(known.attempts, later.attempts),
    responseCode: later.recipe === null ? known.responseCode : later.responseCode,
    responseTimeMs: later.recipe === null ? known.responseTimeMs : later.responseTimeMs,
    recipe: later.recipe ?? known.recipe,
    testEvent: later.testEvent ?? known.testEvent,
    isTest: later.isTest || known.isTest,
  };
}
