/** Who goes first when the process is full: a person who waits for an answer, then fresh events and what was held, then replays. */
export type SlotPriority = 'hand' | 'flow' | 'replay';

/**
 * The requests that the process may have on the wire at once. A caller that finds none waits, and whoever pulls messages
 * pulls less: back-pressure, not a queue. Waiting callers are bounded by the messages in hand.
 */
export class Slots {
  private free: number;
  private readonly waiting: Record<SlotPriority, (() => void)[]> = { hand: [], flow: [], replay: [] };

  constructor(readonly total: number) {
    this.free = total;
  }

  get isFull(): boolean {
    return this.free === 0;
  }

  get inUse(): number {
    return this.total - this.free;
  }

  /** Resolves when a slot is the caller's; it gives it back with `release`. */
  async acquire(priority: SlotPriority): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve) => this.waiting[priority].push(resolve));
  }

  release(): void {
    const next = this.waiting.hand.shift() ?? this.waiting.flow.shift() ?? this.waiting.replay.shift();
    if (next) next();
    else this.free++;
  }
}
