import type { DeliveryStatus } from '#libs/api/src/delivery.dto';
import { stateAfter, type DeliveryState } from '#libs/contracts/src/delivery-state';
import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';

export interface AttemptRow extends AttemptRecord {
  factId: string;
  deliveryId: string;
  accountId: string;
  /** What it led to: null when it was the last one. */
  nextAttemptAtMs: number | null;
  logDays: LogDays;
}

/** What was decided of a delivery without an attempt: a row of `decisions`. */
export interface DecisionRow {
  atMs: number;
  deliveryId: string;
  accountId: string;
  kind: 'held' | 'failed' | 'cancelled';
  reason: string | null;
  /** Held as the so manieth in its lane. */
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
 * The rows that a batch of facts, in stream order, makes: for each delivery its last state, and every attempt and decision. A fact
 * that says nothing of an attempt leaves null what an attempt would have told; the projection keeps the stored value there.
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

const ENDS = new Set<DeliveryStatus>(['success', 'failed', 'cancelled']);

/**
 * What is settled stays so unless a person asks for more: a fact of an owner that stood still, and was replaced, may be
 * stored long after the end. Only a success tells more than another end. The same rule is in `writeDeliveries`.
 */
function isSettledBy(known: { status: DeliveryStatus }, later: { status: DeliveryStatus; isManual: boolean }): boolean {
  return ENDS.has(known.status) && !later.isManual && !(later.status === 'success' && known.status !== 'success');
}

/** What a later state leaves null stays as it was. */
function merge(known: DeliveryState, later: DeliveryState): DeliveryState {
  const { status, reason, nextAttemptAtMs, waitingSeq, isManual } = isSettledBy(known, later) ? known : later;
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
