import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import type { AttemptOutcome } from '../delivery/delivery.js';
import type { Webhook } from '../directory/webhook.js';
import { AdaptiveLimit } from './adaptive-limit.js';
import { Pace } from './pace.js';

/**
 * A delivery whose turn comes within this time waits for it in memory. The lane would cost another way through JetStream,
 * and all later deliveries would have to follow it there until the lane is empty.
 */
const SOON_MS = 100;
/** A delivery still waiting after this long waits for a receiver that has just begun to hang. */
const SOON_AT_MOST_MS = 250;
/** The share of its slots that replays may take. The others are free for fresh events at any moment. */
const REPLAYS_SHARE = 0.25;
/** Replays in hand before their turn. With none, every answer would be followed by a question for the next message. */
const REPLAYS_AHEAD = 4;
/** A replay that gets no turn for this long is given back. If it was cancelled meanwhile, it does not come again. */
const REPLAY_WAITS_AT_MOST_MS = 500;
/** The weight of the newest request's time in the average. */
const NEWEST_WEIGHT = 0.1;

type Waiter = (hasSlot: boolean) => void;

/**
 * One webhook at this moment: its requests on the wire, its pace and its backlog in the lane. Only its owner counts, so the
 * limits are exact.
 */
export class WebhookFlow {
  inFlight = 0;
  /** Deliveries in the lane, those being released included. */
  waiting = 0;
  /** A paused webhook lets one delivery go, which shows whether its receiver answers again. */
  isProbing = false;
  /** Deliveries in the lane that have begun. */
  private begun = 0;
  private readonly adaptive = new AdaptiveLimit();
  private readonly pace = new Pace();
  private blockedUntilMs = 0;
  /** The average time of a request. */
  private requestMs = 0;
  /** Waiting for a slot: first deliveries from the lane, at most as many as there are slots, then those with a turn soon. */
  private fromLane: Waiter[] = [];
  private soon: Waiter[] = [];
  /** Replays begin when nothing else waits. */
  private replays: Waiter[] = [];
  private replaying = 0;
  private wakeTimer: NodeJS.Timeout | null = null;
  private isStopped = false;

  /** Null: the webhook was deleted, and the deliveries in its lane are only to be cancelled. */
  constructor(private current: Webhook | null) {}

  get webhook(): Webhook | null {
    return this.current;
  }

  /** Takes the webhook's new state. Deliveries that wait in memory look again. */
  change(webhook: Webhook | null): void {
    const wasPaused = this.isPaused;
    this.current = webhook;
    if (wasPaused && !this.isPaused) this.adaptive.startOver();
    if (this.isPaused) this.turnAway();
    else this.advance();
  }

  /** The process ends: no further delivery begins. */
  stop(): void {
    this.isStopped = true;
    this.turnAway();
  }

  get limit(): number {
    const maxConcurrency = this.current?.state.maxConcurrency ?? null;
    return maxConcurrency === null || this.adaptive.isLearning
      ? Math.min(maxConcurrency ?? Infinity, this.adaptive.current)
      : maxConcurrency;
  }

  /** The limit for the lane: even if the webhook allows more, only as many as are answered without queueing up. */
  get releaseLimit(): number {
    return Math.min(this.limit, this.adaptive.current);
  }

  /** The last attempts did not reach the receiver. */
  get isSuspect(): boolean {
    return this.adaptive.isSuspect;
  }

  get isPaused(): boolean {
    return this.current?.state.status === 'paused';
  }

  /** The flow has nothing to remember: it may be forgotten and made again. */
  isIdle(nowMs: number): boolean {
    const isWaitedFor = this.soon.length > 0 || this.fromLane.length > 0 || this.replays.length > 0;
    const isRemembering = this.adaptive.isLearning || this.blockedForMs(nowMs) > 0 || this.pace.waitMs(nowMs) > 0;
    return this.inFlight === 0 && this.waiting === 0 && !isWaitedFor && !isRemembering;
  }

  /** Returns why a delivery must wait in the lane, `soon` when its turn comes in a moment, or null when it may begin. */
  reasonToWait(nowMs: number): HoldReason | 'soon' | null {
    if (this.isPaused) return 'paused';
    const ahead = this.waiting - this.begun + this.soon.length;
    const reason = this.waiting > 0 ? 'ordered' : 'throttled';
    if (this.blockedForMs(nowMs) > 0) return reason;
    const isFree = ahead === 0 && this.inFlight < this.limit;
    if (!isFree && this.isSuspect) return 'slow';
    const slotMs = isFree ? 0 : ((ahead + 1) * this.requestMs) / this.limit;
    const { rate } = this;
    const paceMs = rate === null ? 0 : this.pace.waitMs(nowMs) + (ahead * 1_000) / rate;
    if (Math.max(slotMs, paceMs) > SOON_MS) return reason;
    return isFree ? null : 'soon';
  }

  /** The rest of the time for which the receiver asked to be left alone. */
  blockedForMs(nowMs: number): number {
    return Math.max(0, this.blockedUntilMs - nowMs);
  }

  /** Free slots for deliveries from the lane. */
  get freeSlots(): number {
    return Math.max(0, this.releaseLimit - this.inFlight);
  }

  /** Takes the free slot that `reasonToWait` saw. */
  begin(): void {
    this.inFlight++;
  }

  /** Waits for a turn behind the lane and earlier deliveries. False: it did not come in time. */
  turnSoon(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.soon.splice(this.soon.indexOf(waiter), 1);
        // No other delivery waits in memory for this receiver until its answers are quick again.
        this.requestMs = Math.max(this.requestMs, SOON_AT_MOST_MS * this.limit);
        resolve(false);
      }, SOON_AT_MOST_MS);
      const waiter: Waiter = (hasSlot) => {
        clearTimeout(timer);
        resolve(hasSlot);
      };
      this.soon.push(waiter);
    });
  }

  /** Waits for a slot as long as it takes. False: the process ends, or the webhook was paused. */
  async turnFromLane(): Promise<boolean> {
    if (this.isStopped) return false;
    const hasSlot = await new Promise<boolean>((resolve) => {
      this.fromLane.push(resolve);
      this.advance();
    });
    if (!hasSlot) return false;
    this.begun++;
    this.advance();
    return true;
  }

  /** Waits for a slot ahead of all others, but within the limit: a person waits for the answer. */
  async turnForManual(): Promise<boolean> {
    if (this.isStopped) return false;
    return new Promise<boolean>((resolve) => {
      this.fromLane.unshift(resolve);
      this.advance();
    });
  }

  /** Returns how many more replays to take in hand: none when their turn is not near. */
  replaysWanted(nowMs: number): number {
    const waitMs = Math.max(this.blockedForMs(nowMs), this.pace.waitMs(nowMs));
    const isNear = this.waiting === 0 && !this.isPaused && waitMs < REPLAY_WAITS_AT_MOST_MS;
    return isNear ? REPLAYS_AHEAD - this.replays.length : 0;
  }

  /**
   * Waits until nothing else waits, neither here nor in the lane. A replay keeps within its share of the slots and the rate,
   * and leaves one slot free unless there is only one. False: its turn is not near. Its place in the pace is taken with the turn.
   */
  turnForReplay(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.replays.splice(this.replays.indexOf(waiter), 1);
        resolve(false);
      }, REPLAY_WAITS_AT_MOST_MS);
      const waiter: Waiter = (hasSlot) => {
        clearTimeout(timer);
        resolve(hasSlot);
      };
      this.replays.push(waiter);
      this.advance();
    });
  }

  /** Ends a turn from the lane, whether the delivery leaves the lane or stays. */
  endFromLane(): void {
    this.begun--;
  }

  /** Takes one delivery off the lane's count. */
  leaveLane(): void {
    if (this.waiting > 0) this.waiting--;
    this.advance();
  }

  /** Takes a place in the pace. Returns the wait before the request, ms. The caller has a slot. */
  paceMs(nowMs: number): number {
    const rate = this.rate;
    return rate === null ? 0 : this.pace.take(nowMs, rate);
  }

  /** Requests per second, the release rate included; null without a limit. */
  get rate(): number | null {
    if (this.current === null) return null;
    const { ratePerSecond, releaseRatePerSecond } = this.current.state;
    if (this.waiting === 0 || releaseRatePerSecond === null) return ratePerSecond;
    return Math.min(releaseRatePerSecond, ratePerSecond ?? Infinity);
  }

  /** Gives the slot back. `outcome` is null when there was no request. */
  leave(outcome: AttemptOutcome | null, requestMs: number, nowMs: number, isReplay = false): void {
    if (outcome !== null) this.learn(outcome, requestMs, nowMs);
    this.inFlight--;
    if (isReplay) this.replaying--;
    this.advance();
  }

  private advance(): void {
    while (this.inFlight < this.limit && !this.isStopped) {
      const mayRelease = this.inFlight < this.releaseLimit;
      const next = (mayRelease && this.fromLane.shift()) || (this.waiting === this.begun ? this.soon.shift() : undefined);
      if (!next) break;
      this.inFlight++;
      next(true);
    }
    if (this.replays.length > 0 && !this.isStopped) this.advanceReplays(Date.now());
  }

  private advanceReplays(nowMs: number): void {
    while (this.replays.length > 0 && this.isIdleFor(nowMs)) {
      if (this.rate !== null) this.pace.take(nowMs, this.rate);
      this.inFlight++;
      this.replaying++;
      this.replays.shift()!(true);
    }
    // Nothing else may wake this flow before then.
    const waitMs = Math.max(this.blockedForMs(nowMs), this.pace.waitMs(nowMs));
    if (this.replays.length === 0 || waitMs === 0 || this.wakeTimer !== null) return;
    this.wakeTimer = setTimeout(() => {
      this.wakeTimer = null;
      this.advance();
    }, waitMs).unref();
  }

  /** Nothing else needs the slot that a replay would take. */
  private isIdleFor(nowMs: number): boolean {
    const isWaitedFor = this.waiting > 0 || this.soon.length > 0 || this.fromLane.length > 0;
    const hasRoom =
      this.inFlight < Math.max(1, this.limit - 1) && this.replaying < Math.max(1, Math.floor(this.limit * REPLAYS_SHARE));
    return !isWaitedFor && hasRoom && !this.isPaused && this.blockedForMs(nowMs) === 0 && this.pace.waitMs(nowMs) === 0;
  }

  private turnAway(): void {
    const waiters = [...this.fromLane, ...this.soon, ...this.replays];
    this.fromLane = [];
    this.soon = [];
    this.replays = [];
    for (const waiter of waiters) waiter(false);
  }

  private learn(outcome: AttemptOutcome, requestMs: number, nowMs: number): void {
    this.requestMs += (requestMs - this.requestMs) * NEWEST_WEIGHT;
    if (outcome.kind === 'unreachable') this.adaptive.unreachable();
    else this.adaptive.answered(this.inFlight, requestMs, nowMs);
    if (outcome.kind === 'refused' && outcome.retryAfterMs !== null) {
      // The receiver asked for patience for all its deliveries, not for one.
      this.blockedUntilMs = Math.max(this.blockedUntilMs, nowMs + outcome.retryAfterMs);
    }
  }
}
