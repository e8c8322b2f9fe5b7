/** A clock that is off by more than this is not used: receivers refuse signatures that are minutes off. */
const SKEW_MAX_MS = 30_000;
const LOOK_EVERY_MS = 10_000;

/** The clocks to compare; tests give their own. */
export interface TimeSources {
  /** The server's time, ms. */
  server: () => Promise<number>;
  /** This machine's time, ms. */
  wall: () => number;
  /** Never jumps. */
  monotonic: () => number;
}

/**
 * The time for due times and signatures: this machine's, unless it differs from JetStream's by more than 30 s. A jump is
 * noticed at once, because the monotonic clock carries JetStream's time on between two looks.
 */
export class Clock {
  /** The server's time minus the monotonic one; null before the first look. */
  private offsetMs: number | null = null;
  private isSkewed = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sources: TimeSources,
    private readonly onProblem: (reason: string, error?: unknown) => void,
  ) {}

  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => {
      this.look().catch((error: unknown) => this.onProblem("JetStream's time could not be read", error));
    }, LOOK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
  }

  async look(): Promise<void> {
    const askedAtMs = this.sources.monotonic();
    const serverMs = await this.sources.server();
    const answeredAtMs = this.sources.monotonic();
    this.offsetMs = serverMs - (askedAtMs + answeredAtMs) / 2;
    this.nowMs();
  }

  nowMs(): number {
    const wallMs = this.sources.wall();
    if (this.offsetMs === null) return wallMs;
    const serverMs = this.sources.monotonic() + this.offsetMs;
    const isSkewed = Math.abs(wallMs - serverMs) > SKEW_MAX_MS;
    if (isSkewed !== this.isSkewed) {
      this.isSkewed = isSkewed;
      const seconds = Math.round((wallMs - serverMs) / 1000);
      this.onProblem(
        isSkewed
          ? `the clock of this machine is ${seconds} s off: JetStream's is used; check its time synchronisation`
          : 'the clock is right again',
      );
    }
    return isSkewed ? Math.round(serverMs) : wallMs;
  }
}
