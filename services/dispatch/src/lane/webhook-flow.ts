import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import type { AttemptOutcome } from '../delivery/delivery.js';
import type { Webhook } from '../directory/webhook.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { Pace } from './pace.js';

/**
 * A receiver that keeps up has a slot free within this time. Waiting so long in memory costs little; going through the lane
 * costs another way through JetStream, and while the lane is not empty everything else of the webhook takes it, too.
 */
const SLOT_SOON_MS = 25;

/**
 * What one webhook is doing at this moment: its requests on the wire, its pace, what waits in its lane. Its owner is the
 * only one to count, so the limits are exact.
 */
export class WebhookFlow {
  inFlight = 0;
  /** Deliveries in the lane, those being released included. */
  waiting = 0;
  private readonly adaptive = new AdaptiveLimit();
  private readonly pace = new Pace();
  private blockedUntilMs = 0;
  /** Those that wait for a slot in memory: at most as many as there are slots. */
  private readonly queue: (() => void)[] = [];

  /** Null: the webhook was deleted; what waits in its lane is only to be cancelled. */
  constructor(public webhook: Webhook | null) {}

  get limit(): number {
    const maxConcurrency = this.webhook?.form.maxConcurrency ?? null;
    return this.adaptive.isSuspect
      ? Math.min(maxConcurrency ?? Infinity, this.adaptive.current)
      : (maxConcurrency ?? this.adaptive.current);
  }

  get isSuspect(): boolean {
    return this.adaptive.isSuspect;
  }

  get isPaused(): boolean {
    return this.webhook?.form.status === 'paused';
  }

  /** Nothing to remember: the flow may be forgotten and made again. */
  isIdle(nowMs: number): boolean {
    const isRemembering = this.queue.length > 0 || this.isSuspect || this.blockedForMs(nowMs) > 0 || this.pace.waitMs(nowMs) > 0;
    return this.inFlight === 0 && this.waiting === 0 && !isRemembering;
  }

  /** Why a delivery must wait in the lane now; `busy`: a slot may be free soon; null when it may go. */
  reasonToWait(nowMs: number): HoldReason | 'busy' | null {
    if (this.isPaused) return 'paused';
    if (this.waiting > 0) return 'ordered';
    if (this.blockedForMs(nowMs) > 0) return 'throttled';
    if (this.inFlight >= this.limit) {
      if (this.isSuspect) return 'slow';
      return this.queue.length < this.limit ? 'busy' : 'throttled';
    }
    const rate = this.webhook?.form.ratePerSecond ?? null;
    return rate !== null && this.pace.waitMs(nowMs) > 0 ? 'throttled' : null;
  }

  /** How long the receiver asked to be left alone. */
  blockedForMs(nowMs: number): number {
    return Math.max(0, this.blockedUntilMs - nowMs);
  }

  /** How many more requests may begin now, as far as slots go. */
  get freeSlots(): number {
    return Math.max(0, this.limit - this.inFlight);
  }

  /** Waits a moment for a slot, in turn. True: the slot is taken for the caller. */
  slotSoon(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(onSlot), 1);
        resolve(false);
      }, SLOT_SOON_MS);
      const onSlot = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      this.queue.push(onSlot);
    });
  }

  /** Takes a slot, behind those that wait for one. What comes from the lane waits here as long as it takes. */
  async slot(): Promise<void> {
    if (this.inFlight < this.limit && this.queue.length === 0) this.inFlight++;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Takes a place in the pace; returns how long to wait before the request, ms. The caller has a slot. */
  paceMs(nowMs: number): number {
    const rate = this.rate;
    return rate === null ? 0 : this.pace.take(nowMs, rate);
  }

  /** Requests a second, the rate of a release included; null when there is no limit. */
  get rate(): number | null {
    if (this.webhook === null) return null;
    const { ratePerSecond, releaseRatePerSecond } = this.webhook.form;
    if (this.waiting === 0 || releaseRatePerSecond === null) return ratePerSecond;
    return Math.min(releaseRatePerSecond, ratePerSecond ?? Infinity);
  }

  /** Gives the slot back, or on to the next that waits for one. */
  leave(outcome: AttemptOutcome | null, nowMs: number): void {
    const wasInFlight = this.inFlight;
    if (outcome !== null) this.learn(outcome, wasInFlight, nowMs);
    const next = this.inFlight <= this.limit ? this.queue.shift() : undefined;
    if (next) next();
    else this.inFlight--;
  }

  private learn(outcome: AttemptOutcome, wasInFlight: number, nowMs: number): void {
    if (outcome.kind === 'unreachable') this.adaptive.unreachable();
    else this.adaptive.answered(wasInFlight);
    if (outcome.kind === 'refused' && outcome.retryAfterMs !== null) {
      // The whole receiver asked for patience, not one delivery.
      this.blockedUntilMs = Math.max(this.blockedUntilMs, nowMs + outcome.retryAfterMs);
    }
  }
}
