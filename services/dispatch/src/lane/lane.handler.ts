import { setTimeout as sleep } from 'node:timers/promises';
import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import { carryOut, decide } from '../deliver/carry-out.js';
import type { HandlerContext } from '../deliver/handler-context.js';
import type { Flows } from '../flow/flows.js';
import type { StoredEvent } from '#libs/contracts/src/stored-event';
import type { Lanes } from './lanes.js';

/** Without a free slot, a receiver that shares slots looks again after this long. */
const NO_SLOT_MS = 200;

export interface LaneContext extends HandlerContext {
  flows: Flows;
  lanes: Lanes;
}

/** Handles a delivery whose turn in its webhook's lane has come. */
export class LaneHandler {
  constructor(private readonly context: LaneContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    const { oneAtATime, lanes } = this.context;
    lanes.inHand.add(message.streamSeq);
    try {
      const verdict = await oneAtATime.alone(delivery, () => this.turn(delivery));
      lanes.turnEnded(delivery.webhookId, verdict.kind === 'done');
      return verdict;
    } finally {
      lanes.inHand.delete(message.streamSeq);
    }
  }

  private async turn(delivery: Delivery): Promise<Verdict> {
    const { settle, events, lanes } = this.context;
    const step = decide(this.context, 'lane', delivery, lanes.isProbing(delivery.webhookId));
    if (step.kind === 'stay' && Date.now() - delivery.createdAtMs >= WAITS_MAX_MS) {
      await settle.lost(delivery, 'expired');
      return done;
    }
    if (step.kind !== 'deliver') return carryOut(settle, delivery, step);
    const stored = events.findEvent(delivery.eventSeq);
    // Awaited only when the turn has come: until then a failure must not count as unhandled.
    stored.catch(() => undefined);
    const released = await this.release(delivery, stored);
    if (released === 'no_event') await settle.eventGone(delivery);
    return released === 'stopped' || released === 'paused' ? later(1) : done;
  }

  /** Waits here for a slot: a message that is given back comes after those behind it. */
  private async release(
    delivery: Delivery,
    stored: Promise<StoredEvent | null>,
  ): Promise<'settled' | 'no_event' | 'stopped' | 'paused'> {
    const { directory, deliver, flows } = this.context;
    while (!flows.isStopped) {
      const webhook = directory.findWebhook(delivery.webhookId);
      if (!webhook) return 'stopped';
      const attempted = await deliver.released(webhook, delivery, stored);
      if (attempted !== 'slow') return attempted;
      await sleep(NO_SLOT_MS);
    }
    return 'stopped';
  }
}
