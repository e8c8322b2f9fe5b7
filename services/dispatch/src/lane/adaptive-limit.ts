const START = 8;
const MAX = 64;

/**
 * How many requests at once a receiver can take, where its webhook does not say: grows by one with each answer that came
 * while all slots were busy, which doubles it every round trip; halves when an attempt finds no answer. So a receiver
 * that hangs keeps one slot, and one that recovers, or is resumed after a pause, is not flooded.
 */
export class AdaptiveLimit {
  private value = START;
  private unreachableInARow = 0;

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

  answered(inFlight: number): void {
    this.unreachableInARow = 0;
    if (inFlight >= this.current) this.value = Math.min(MAX, this.value + 1);
  }

  unreachable(): void {
    this.unreachableInARow++;
    this.value = Math.max(1, this.value / 2);
  }
}

/** The most that `AdaptiveLimit` grows to. */
export const CONCURRENCY_MAX = MAX;
