const BEAT_MS = 250;
/**
 * A process that stood still for this long, stopped by a signal or starved, may have lost its partitions. Others take over
 * after three seconds without a sign of life.
 */
const GAP_MAX_MS = 2_000;

/** Notices that the process stood still. Checked before every request, which may wake up before the timer does. */
export class Presence {
  private lastBeatAtMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly onGap: (gapMs: number) => void) {
    this.timer = setInterval(() => this.check(), BEAT_MS);
    this.timer.unref();
  }

  check(): void {
    const nowMs = performance.now();
    const gapMs = nowMs - this.lastBeatAtMs;
    this.lastBeatAtMs = nowMs;
    if (gapMs > GAP_MAX_MS) this.onGap(gapMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
