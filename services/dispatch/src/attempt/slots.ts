/**
 * Who asks for a slot. A person who waits for an answer goes first, then fresh events, retries and what was held. Receivers whose last attempts found nobody share a part of all slots: however many there are, and however long
 * they hang, they cost the others nothing.
 */
export type SlotFor = 'hand' | 'flow' | 'suspect';

/** The part of all slots that suspects share. */
const SUSPECTS_SHARE = 0.25;

/**
 * The requests that the process may have on the wire at once. A caller that finds none waits, and whoever pulls messages
 * pulls less: back-pressure, not a queue. Waiting callers are bounded by the messages in hand.
 */
export class Slots {
  private free: number;
  private freeForSuspects: number;
  private readonly waiting: Record<Exclude<SlotFor, 'suspect'>, (() => void)[]> = { hand: [], flow: [] };

  constructor(readonly total: number) {
    this.free = total;
    this.freeForSuspects = Math.max(1, Math.floor(total * SUSPECTS_SHARE));
  }

  get isFull(): boolean {
    return this.free === 0;
  }

  get inUse(): number {
    return this.total - this.free;
  }

  /** Resolves when a slot is the caller's, to be given back with `release`. A suspect does not wait: null, when there is none for it. */
  async acquire(who: SlotFor): Promise<SlotFor | null> {
    if (who === 'suspect') {
      if (this.free === 0 || this.freeForSuspects === 0) return null;
      this.freeForSuspects--;
      this.free--;
    } else if (this.free > 0) {
      this.free--;
    } else {
      await new Promise<void>((resolve) => this.waiting[who].push(resolve));
    }
    return who;
  }

  release(who: SlotFor): void {
    if (who === 'suspect') this.freeForSuspects++;
    const next = this.waiting.hand.shift() ?? this.waiting.flow.shift();
    if (next) next();
    else this.free++;
  }
}
