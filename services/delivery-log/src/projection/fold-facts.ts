import type { DeliveryStatus } from '#libs/api/src/delivery.dto';
import type { AttemptRecord, BodyRecipe, DeliveryFact, TestEvent } from '#libs/contracts/src/fact';

/** A row of `deliveries`, as facts leave it. */
export interface DeliveryState {
  createdAtMs: number;
  id: string;
  accountId: string;
  webhookId: string;
  eventId: string;
  eventType: string;
  eventSeq: number;
  status: DeliveryStatus;
  reason: string | null;
  attempts: number;
  responseCode: number | null;
  responseTimeMs: number | null;
  nextAttemptAtMs: number | null;
  waitingSeq: number | null;
  updatedAtMs: number;
  isTest: boolean;
  replayId: string | null;
  recipe: BodyRecipe | null;
  testEvent: TestEvent | null;
  /** A person asked for what the last fact tells. */
  isByHand: boolean;
}

export interface AttemptRow extends AttemptRecord {
  factId: string;
  deliveryId: string;
  accountId: string;
}

/**
 * The rows that a batch of facts, in stream order, makes: for each delivery its last state, and every attempt. A fact that
 * says nothing of an attempt leaves null what an attempt would have told; the projection keeps the stored value there.
 */
export function foldFacts(facts: Iterable<DeliveryFact>): { deliveries: DeliveryState[]; attempts: AttemptRow[] } {
  const deliveries = new Map<string, DeliveryState>();
  const attempts = new Map<string, AttemptRow>();
  for (const fact of facts) {
    const key = `${fact.deliveryId}:${fact.createdAtMs}`;
    const known = deliveries.get(key);
    const state = stateAfter(fact);
    deliveries.set(key, known ? merge(known, state) : state);
    if ('attempt' in fact && fact.attempt !== null)
      attempts.set(fact.id, { ...fact.attempt, factId: fact.id, deliveryId: fact.deliveryId, accountId: fact.accountId });
  }
  return { deliveries: [...deliveries.values()], attempts: [...attempts.values()] };
}

const ENDS = new Set<DeliveryStatus>(['success', 'failed', 'cancelled']);

/**
 * What is settled stays so unless a person asks for more: a fact of an owner that stood still, and was replaced, may be
 * stored long after the end. Only a success tells more than another end. The same rule is in `writeDeliveries`.
 */
function isSettledBy(known: { status: DeliveryStatus }, later: { status: DeliveryStatus; isByHand: boolean }): boolean {
  return ENDS.has(known.status) && !later.isByHand && !(later.status === 'success' && known.status !== 'success');
}

/** What a later state leaves null stays as it was. */
function merge(known: DeliveryState, later: DeliveryState): DeliveryState {
  const { status, reason, nextAttemptAtMs, waitingSeq, isByHand } = isSettledBy(known, later) ? known : later;
  return {
    ...later,
    status,
    reason,
    nextAttemptAtMs,
    waitingSeq,
    isByHand,
    attempts: Math.max(known.attempts, later.attempts),
    responseCode: later.recipe === null ? known.responseCode : later.responseCode,
    responseTimeMs: later.recipe === null ? known.responseTimeMs : later.responseTimeMs,
    recipe: later.recipe ?? known.recipe,
    testEvent: later.testEvent ?? known.testEvent,
    isTest: later.isTest || known.isTest,
  };
}

function stateAfter(fact: DeliveryFact): DeliveryState {
  const { deliveryId: id, accountId, webhookId, eventId, eventType, eventSeq, createdAtMs, replayId, atMs } = fact;
  const base: DeliveryState = {
    createdAtMs, id, accountId, webhookId, eventId, eventType, eventSeq, replayId,
    status: 'pending', reason: null, attempts: 0, responseCode: null, responseTimeMs: null, nextAttemptAtMs: null, waitingSeq: null,
    updatedAtMs: atMs, isTest: false, recipe: null, testEvent: null, isByHand: 'requestId' in fact && fact.requestId !== undefined,
  }; // prettier-ignore
  const attempted = (attempt: AttemptRecord, body: BodyRecipe | null, test: TestEvent | undefined): DeliveryState => ({
    ...base,
    attempts: attempt.number,
    responseCode: attempt.statusCode,
    responseTimeMs: attempt.responseTimeMs,
    recipe: body,
    testEvent: test ?? null,
    isTest: attempt.trigger === 'test',
  });
  switch (fact.kind) {
    case 'succeeded':
      return { ...attempted(fact.attempt, fact.body, fact.test), status: 'success' };
    case 'retry_scheduled':
      return { ...attempted(fact.attempt, fact.body, fact.test), status: 'pending_retry', nextAttemptAtMs: fact.nextAttemptAtMs };
    case 'retry_waiting':
      return {
        ...base,
        status: 'pending_retry',
        attempts: fact.attempts,
        nextAttemptAtMs: fact.nextAttemptAtMs,
        waitingSeq: fact.retrySeq,
      };
    case 'failed':
      return { ...(fact.attempt ? attempted(fact.attempt, fact.body, fact.test) : base), status: 'failed', reason: fact.reason };
    case 'held':
      // What waits only for its turn is still pending; held is what a pause holds.
      return {
        ...base,
        status: fact.reason === 'paused' ? 'held' : 'pending',
        reason: fact.reason,
        attempts: fact.attempts,
        waitingSeq: fact.laneSeq,
      };
    case 'cancelled':
      return { ...base, status: 'cancelled', reason: fact.reason, attempts: fact.attempts };
  }
}
