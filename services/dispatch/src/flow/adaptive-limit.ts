const START = 8;
const MAX = 64;
/** An answer that takes so much longer than the fastest ones means that requests queue up, at the receiver or here. */
const QUEUES_FROM = { times: 2, plusMs: 10 };
/** For so long the fastest answer is remembered, at least. */
const FASTEST_WINDOW_MS = 10_000;

/**
 * How many requests at once a receiver can take, where its webhook does not say. Grows by one with each quick answer that
 * came while all slots were busy, which doubles it every round trip; not when answers take longer because of it, which would
 * only lengthen a queue. Halves when an attempt finds no answer. So a receiver that hangs keeps one slot, one that recovers,
 * or is resumed after a pause, is not flooded, and a release leaves room for others.
 */
export class AdaptiveLimit {
  private value = START;
  private unreachableInARow = 0;
  private fastestMs = Infinity;
  private fastestBeforeMs = Infinity;
  private windowEndsAtMs = 0;

  get current(): number {
    return Math.max(1, Math.floor(this.value));
  }

  /** The last attempts found nobody: this receiver shares the slots kept for such, so that it costs others nothing. */
  get isSuspect(): boolean {
    return this.unreachableInARow >= 2;
  }

  /** Below its start: the receiver has yet to show how much it can take, whatever its webhook's setting. */
  get isLearning(): boolean {
    return this.value < START;
  }

  /** After a pause, whose reason nobody knows. */
  startOver(): void {
    this.value = 1;
    this.unreachableInARow = 0;
  }

  answered(inFlight: number, requestMs: number, nowMs: number): void {
    this.unreachableInARow = 0;
    this.learn(requestMs, nowMs);
    const quickMs = Math.min(this.fastestMs, this.fastestBeforeMs) * QUEUES_FROM.times + QUEUES_FROM.plusMs;
    if (requestMs > quickMs) this.value = Math.max(Math.min(START, this.value), this.value - 0.5);
    else if (inFlight >= this.current) this.value = Math.min(MAX, this.value + 1);
  }

  unreachable(): void {
    this.unreachableInARow++;
    this.value = Math.max(1, this.value / 2);
  }

  private learn(requestMs: number, nowMs: number): void {
    if (nowMs >= this.windowEndsAtMs) {
      this.fastestBeforeMs = this.fastestMs;
      this.fastestMs = Infinity;
      this.windowEndsAtMs = nowMs + FASTEST_WINDOW_MS;
    }
    this.fastestMs = Math.min(this.fastestMs, requestMs);
  }
}

/** The most that `AdaptiveLimit` grows to. */
export const CONCURRENCY_MAX = MAX;
