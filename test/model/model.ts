import type { WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { AttemptOutcome } from '../../services/dispatch/src/delivery/delivery.js';

type Status = 'pending' | 'pending_retry' | 'success' | 'failed' | 'held' | 'cancelled';

/** What a delivery is, in as few words as possible: moved on by whatever became durable, and by nothing else. */
export class Model {
  status: Status = 'pending';
  attempts = 0;
  private automatic = 0;

  constructor(private readonly retries: number) {}

  get isOver(): boolean {
    return this.status === 'success' || this.status === 'failed' || this.status === 'cancelled';
  }

  /** A request is about to be made. Throws when there must be none. */
  begins(webhook: WebhookStatus | null, isManual: boolean): void {
    if (webhook !== 'active') throw new Error(`a request to a webhook that is ${webhook ?? 'deleted'}`);
    if (this.isOver && !isManual) throw new Error(`a request that nobody asked for, of a delivery that is over: ${this.status}`);
  }

  /** `manual`: a person asked for it; `waitsUntilMs` null: nothing automatic was waiting. */
  attempted(outcome: AttemptOutcome, manual: { waitsUntilMs: number | null } | null): void {
    this.attempts++;
    if (outcome.kind === 'succeeded') this.status = 'success';
    else if (outcome.kind === 'refused' && outcome.statusCode === 410) this.status = 'failed';
    else if (manual !== null) this.status = manual.waitsUntilMs === null ? 'failed' : 'pending_retry';
    else this.status = ++this.automatic > this.retries ? 'failed' : 'pending_retry';
  }

  held(reason: 'paused' | 'throttled'): void {
    this.status = reason === 'paused' ? 'held' : 'pending';
  }

  cancelled(): void {
    this.status = 'cancelled';
  }
}
