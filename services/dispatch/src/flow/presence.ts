const BEAT_MS = 250;
/**
 * A process that stood still for so long, stopped by a signal or starved, may have lost its partitions meanwhile: others
 * take over after three seconds without a sign of life.
 */
const GAP_MAX_MS = 2_000;

/** Notices that the process stood still. Asked before every request, because what woke it may not have been a timer. */
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
