/**
 * The purpose of a slot. A person who waits for an answer goes first, then fresh events, retries and held deliveries. Replays
 * take the slots that are left. Unreachable receivers share a quarter of all slots, and so do replays, so that neither costs
 * the others anything.
 */
export type SlotFor = 'manual' | 'flow' | 'suspect' | 'replay';
type Sharing = 'suspect' | 'replay';

/** The share of all slots for suspects, and the share for replays. */
const SHARE = 0.25;

/**
 * The requests that the process may have on the wire at once. A caller that finds no slot waits, and consumers then ask for
 * less: back-pressure, not a queue. Waiting callers are bounded by the messages in hand.
 */
export class Slots {
  private free: number;
  private readonly freeFor: Record<Sharing, number>;
  private readonly waiting: Record<Exclude<SlotFor, Sharing>, (() => void)[]> = { manual: [], flow: [] };

  constructor(readonly total: number) {
    this.free = total;
    const share = Math.max(1, Math.floor(total * SHARE));
    this.freeFor = { suspect: share, replay: share };
  }

  get isFull(): boolean {
    return this.free === 0;
  }

  get inUse(): number {
    return this.total - this.free;
  }

  /** Resolves when the caller has a slot, to be given back with `release`. Null at once when a share is used up. */
  async acquire(who: SlotFor): Promise<SlotFor | null> {
    if (isSharing(who)) {
      if (this.free === 0 || this.freeFor[who] === 0) return null;
      this.freeFor[who]--;
      this.free--;
    } else if (this.free > 0) {
      this.free--;
    } else {
      await new Promise<void>((resolve) => this.waiting[who].push(resolve));
    }
    return who;
  }

  release(who: SlotFor): void {
    if (isSharing(who)) this.freeFor[who]++;
    const next = this.waiting.manual.shift() ?? this.waiting.flow.shift();
    if (next) next();
    else this.free++;
  }
}

function isSharing(who: SlotFor): who is Sharing {
  return who === 'suspect' || who === 'replay';
}
