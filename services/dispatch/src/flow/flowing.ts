/** How many webhooks may have a consumer of their own at once, and whether more want one. */
export class Flowing {
  private count = 0;
  private suspects = 0;
  private wantedAtMs = 0;

  /** Unreachable receivers take at most `suspectsMax` of the `max` places. */
  constructor(
    private readonly max: number,
    private readonly suspectsMax: number = max,
  ) {}

  get free(): number {
    return this.max - this.count;
  }

  /** Remembers a webhook that finds no room: those that have had their turn make some. */
  hasRoomFor(isSuspect: boolean): boolean {
    const hasRoom = this.free > 0 && (!isSuspect || this.suspects < this.suspectsMax);
    if (!hasRoom) this.wantedAtMs = Date.now();
    return hasRoom;
  }

  isWanted(nowMs: number): boolean {
    return nowMs - this.wantedAtMs < 500;
  }

  enter(isSuspect: boolean): void {
    this.count++;
    if (isSuspect) this.suspects++;
  }

  leave(isSuspect: boolean): void {
    this.count--;
    if (isSuspect) this.suspects--;
  }
}
