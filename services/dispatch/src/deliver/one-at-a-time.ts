import type { Delivery } from '../delivery/delivery.js';

/**
 * Whoever works on a delivery works on it alone, from the look into the ledger to the last fact: an event, a retry, a lane's
 * message and a person's request may bring the same delivery at the same moment, and at most one request is in flight.
 */
export class OneAtATime {
  /** The last of those who work on it or wait. By delivery and event sequence, as in the ledger. */
  private readonly last = new Map<string, Promise<unknown>>();

  async alone<T>({ deliveryId, eventSeq }: Delivery, work: () => Promise<T>): Promise<T> {
    const key = `${deliveryId}:${eventSeq}`;
    const before = this.last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === mine) this.last.delete(key);
    }
  }
}
