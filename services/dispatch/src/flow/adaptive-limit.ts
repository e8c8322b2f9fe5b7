const START = 8;
const MAX = 64;
/** An answer slower than the fastest ones by this much means that requests queue up, at the receiver or here. */
const QUEUES_FROM = { times: 2, plusMs: 10 };
/** The fastest answer is remembered at least this long. */
const FASTEST_WINDOW_MS = 10_000;

/**
 * The number of requests at once that a receiver can take, where its webhook does not say. It grows by one with each quick
 * answer that came while all slots were busy, which doubles it every round trip. It does not grow when answers become
 * slower, which would only lengthen a queue. It halves when an attempt finds no answer. So a receiver that hangs keeps one
 * slot, and one that recovers or is resumed is not flooded. A release leaves room for others.
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

  /** The last attempts did not reach the receiver: it shares a part of the slots, so that it costs others nothing. */
  get isSuspect(): boolean {
    return this.unreachableInARow >= 2;
  }

  /** Below its start: the receiver has yet to show how much it can take. This counts even above the webhook's setting. */
  get isLearning(): boolean {
    return this.value < START;
  }

  /** Begins with one request after a pause, whose reason is unknown. */
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
