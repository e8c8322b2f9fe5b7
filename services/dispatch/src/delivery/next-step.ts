import type { ManualRequest } from '#libs/contracts/src/waiting-delivery';
import type { WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { LedgerEntry } from '../ledger/ledger.js';
import { nextTry, type Delivery } from './delivery.js';

/** Where the message in hand comes from. */
export type Source = 'event' | 'retry' | 'lane' | 'replay';

type Waiting = Extract<LedgerEntry, { state: 'waiting' }>;

/** The next step for a delivery that a message brings. */
export type Step =
  /** Now, or into its webhook's lane. */
  | { kind: 'deliver' }
  /** Its failed attempt is on record, but the message that waits for the next one may be missing. */
  | { kind: 'schedule_again'; next: Delivery }
  | { kind: 'cancel'; reason: 'webhook_deleted' | 'webhook_disabled' }
  /** Its webhook is paused: it keeps its place in the lane, or waits with its replay. */
  | { kind: 'stay' }
  /** The message is a duplicate: its work is done. */
  | { kind: 'drop' };

/**
 * Decides the next step from the delivery's ledger entry. A message may come any number of times, late, and after the
 * delivery has moved on. Nothing that happened may happen again.
 */
export function nextStep(source: Source, delivery: Delivery, known: LedgerEntry | null, status: WebhookStatus | null): Step {
  if (known !== null && !isNext(source, delivery, known)) {
    return isUnscheduled(delivery, known) ? { kind: 'schedule_again', next: waitingAgain(delivery, known) } : { kind: 'drop' };
  }
  if (status === null) return { kind: 'cancel', reason: 'webhook_deleted' };
  if (status === 'disabled') return { kind: 'cancel', reason: 'webhook_disabled' };
  if (status === 'paused' && (source === 'lane' || source === 'replay')) return { kind: 'stay' };
  return { kind: 'deliver' };
}

/** Tells whether the delivery waits for this message. */
function isNext(source: Source, delivery: Delivery, known: LedgerEntry): boolean {
  if (known.state === 'settled' || known.attempts > delivery.attempts) return false;
  switch (source) {
    case 'event':
    case 'replay':
      return false;
    case 'retry':
      // Or the ledger has not heard of its attempt yet: an owner before us had it on the wire when we took over.
      return known.state === 'waiting' || known.attempts < delivery.attempts;
    case 'lane':
      return true;
  }
}

/** The next step for a person's request. */
export type ManualStep =
  | { kind: 'attempt'; delivery: Delivery; waitsUntilMs: number | null }
  | { kind: 'hold'; delivery: Delivery }
  | { kind: 'end'; delivery: Delivery }
  | { kind: 'schedule_again'; next: Delivery }
  | { kind: 'drop' };

/**
 * Decides what a person's request does. A retry goes on with the old delivery, however it ended. An automatic retry that
 * waits keeps its time in case this one fails. `isWaiting`: the log saw it waiting; a ledger entry knows better.
 */
export function nextManualStep(
  operation: ManualRequest['operation'],
  delivery: Delivery,
  isWaiting: boolean,
  known: LedgerEntry | null,
  isRequestDone: boolean,
  status: WebhookStatus | null,
): ManualStep {
  const attempts = Math.max(delivery.attempts, known?.attempts ?? 0);
  if (operation !== 'retry') {
    return known?.state === 'settled' ? { kind: 'drop' } : { kind: 'end', delivery: { ...delivery, attempts } };
  }
  if (isRequestDone) {
    return known !== null && isUnscheduled(delivery, known)
      ? { kind: 'schedule_again', next: { ...waitingAgain(delivery, known), manualAttempts: delivery.manualAttempts + 1 } }
      : { kind: 'drop' };
  }
  if (status === null || status === 'disabled') return { kind: 'drop' };
  const stillWaits = known === null ? isWaiting : known.state !== 'settled';
  // A paused webhook receives nothing: a delivery that waits goes on waiting, one that was over joins the lane.
  if (status === 'paused') return stillWaits ? { kind: 'drop' } : { kind: 'hold', delivery };
  const dueAtMs = known?.state === 'waiting' ? known.nextAttemptAtMs : delivery.dueAtMs;
  return { kind: 'attempt', delivery: { ...delivery, attempts, dueAtMs }, waitsUntilMs: stillWaits ? dueAtMs : null };
}

/** Tells whether the message's attempt has failed and no fact says where the next one waits. */
function isUnscheduled(delivery: Delivery, known: LedgerEntry): known is Waiting {
  return known.state === 'waiting' && known.attempts === delivery.attempts + 1 && known.retrySeq === null;
}

function waitingAgain(delivery: Delivery, known: Waiting): Delivery {
  return nextTry(delivery, {
    attempts: known.attempts,
    firstFailedAtMs: delivery.firstFailedAtMs ?? known.failedAtMs,
    lastAttemptAtMs: known.lastAttemptAtMs,
    dueAtMs: known.nextAttemptAtMs,
  });
}
