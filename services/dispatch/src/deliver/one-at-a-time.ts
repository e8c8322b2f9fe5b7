import type { Delivery } from '../delivery/delivery.js';

/**
 * Keeps work on the same delivery apart, from the look into the ledger to the last fact. An event, a retry, a lane's message
 * and a person's request may bring it at the same moment. At most one request may be in flight.
 */
export class OneAtATime {
  /** The last piece of work that runs or waits, by delivery and event sequence, as in the ledger. */
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
