/** A pace may fall behind by this much and catch up: timers are inexact, the rate is exact. */
const CATCH_UP_MS = 50;

/** Spreads starts evenly: at a rate of 10 a second, one every 100 ms, never two at once. */
export class Pace {
  private nextAtMs = 0;

  /** Returns the time until the next start, ms; 0 for now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextAtMs - nowMs);
  }

  /** Takes the next start. Returns the wait before it, ms. */
  take(nowMs: number, ratePerSecond: number): number {
    const startAtMs = Math.max(this.nextAtMs, nowMs - CATCH_UP_MS);
    this.nextAtMs = startAtMs + 1_000 / ratePerSecond;
    return Math.max(0, startAtMs - nowMs);
  }
}
