import type { DeliveryFact } from '#libs/contracts/src/fact';
import type { WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { AttemptOutcome } from '../../services/dispatch/src/delivery/delivery.js';

type Status = 'pending' | 'pending_retry' | 'success' | 'failed' | 'held' | 'cancelled';

/** A delivery in as few words as possible. Only durable facts and the answers of the receiver move it on. */
export class Model {
  status: Status = 'pending';
  attempts = 0;
  private automatic = 0;
  /** Another attempt would be made if no person asked for one. */
  private waitsForItself = true;
  private answer: AttemptOutcome | null = null;

  constructor(private readonly retries: number) {}

  get isOver(): boolean {
    return this.status === 'success' || this.status === 'failed' || this.status === 'cancelled';
  }

  /** A request is about to be made. Throws when there must be none. */
  begins(webhook: WebhookStatus | null, isManual: boolean): void {
    if (webhook !== 'active') throw new Error(`a request to a webhook that is ${webhook ?? 'deleted'}`);
    if (this.isOver && !isManual)
      throw new Error(`a request that no person asked for, of a delivery that is over: ${this.status}`);
  }

  answered(outcome: AttemptOutcome): void {
    this.answer = outcome;
  }

  /** A fact is durable. Its own idea of the status is not looked at. */
  learn(fact: DeliveryFact): void {
    switch (fact.kind) {
      case 'held':
        this.status = fact.reason === 'paused' ? 'held' : 'pending';
        return;
      case 'cancelled':
        this.status = 'cancelled';
        this.waitsForItself = false;
        return;
      case 'retry_waiting':
        return;
      default:
        if (this.answer === null || fact.attempt === null) throw new Error('an attempt that had no answer');
        this.attempted(this.answer, fact.attempt.trigger === 'manual');
        this.answer = null;
    }
  }

  private attempted(outcome: AttemptOutcome, isManual: boolean): void {
    this.attempts++;
    if (!isManual) this.automatic++;
    const isGone = outcome.kind === 'refused' && outcome.statusCode === 410;
    if (outcome.kind === 'succeeded' || isGone || this.automatic > this.retries) this.waitsForItself = false;
    if (outcome.kind === 'succeeded') this.status = 'success';
    else this.status = this.waitsForItself ? 'pending_retry' : 'failed';
  }
}
