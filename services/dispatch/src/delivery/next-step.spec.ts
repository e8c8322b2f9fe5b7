import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import type { Delivery } from './delivery.js';
import { nextStep } from './next-step.js';

const ids = { deliveryId: 'dlv', accountId: 'acc', webhookId: 'wh', eventId: 'evt', eventType: 'deal.won', eventSeq: 1 };
const retry: Delivery = { ...firstDelivery(ids, 0), attempts: 1, lastAttemptAtMs: 1, firstFailedAtMs: 1, dueAtMs: 2 };

describe('a retry of a delivery that was held', () => {
  it('is made, even if the ledger was read before the attempt that led to it had ended', () => {
    // The owner before us had its first attempt on the wire, from the lane, when we took over.
    const known = { state: 'held', attempts: 0, laneSeq: 7 } as const;
    expect(nextStep('retry', retry, known, 'active')).toEqual({ kind: 'deliver' });
  });

  it('is not made again from its message once it has gone into the lane', () => {
    const known = { state: 'held', attempts: 1, laneSeq: 8 } as const;
    expect(nextStep('retry', retry, known, 'active')).toEqual({ kind: 'drop' });
  });
});
