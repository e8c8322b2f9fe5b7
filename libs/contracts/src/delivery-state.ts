import type { DeliveryStatus } from '#libs/api/src/delivery.dto';
import type { AttemptRecord, BodyRecipe, DeliveryFact, TestEvent } from './fact.js';
import { logDaysIn, type LogDays } from './log-days.js';

/** The state of a delivery after a fact. */
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
  /** A person asked for the step that the last fact records. */
  isManual: boolean;
  logDays: LogDays;
}

/** Reads the delivery's state from one fact. Everything that the fact does not say is null. */
export function stateAfter(fact: DeliveryFact): DeliveryState {
  const { deliveryId: id, accountId, webhookId, eventId, eventType, eventSeq, createdAtMs, replayId, atMs } = fact;
  const base: DeliveryState = {
    createdAtMs, id, accountId, webhookId, eventId, eventType, eventSeq, replayId,
    status: 'pending', reason: null, attempts: 0, responseCode: null, responseTimeMs: null, nextAttemptAtMs: null, waitingSeq: null,
    updatedAtMs: atMs, isTest: false, recipe: null, testEvent: null, isManual: 'requestId' in fact && fact.requestId !== undefined,
    logDays: logDaysIn(fact.logDays),
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
      // A delivery that only waits for its turn is still pending; one that a pause holds is held.
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
