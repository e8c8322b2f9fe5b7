/** How far a pace may fall behind and catch up: timers are not exact, the rate is. */
const CATCH_UP_MS = 50;

/** Spreads starts evenly: at a rate of 10 a second, one every 100 ms, never two at once. */
export class Pace {
  private nextAtMs = 0;

  /** How long until the next start is allowed; 0 when it is now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextAtMs - nowMs);
  }

  /** Takes the next start. Returns how long to wait before it. */
  take(nowMs: number, ratePerSecond: number): number {
    const startAtMs = Math.max(this.nextAtMs, nowMs - CATCH_UP_MS);
    this.nextAtMs = startAtMs + 1_000 / ratePerSecond;
    return Math.max(0, startAtMs - nowMs);
  }
}
