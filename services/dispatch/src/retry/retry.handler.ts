import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { Clock } from '../attempt/clock.js';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import { carryOut, decide } from '../deliver/carry-out.js';
import type { HandlerContext } from '../deliver/handler-context.js';

export interface RetryContext extends HandlerContext {
  clock: Clock;
}

/** Handles a delivery that waited for its time. JetStream does the waiting: a nak until it is due. */
export class RetryHandler {
  constructor(private readonly context: RetryContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    const waitMs = delivery.dueAtMs - this.context.clock.nowMs();
    if (waitMs > 0) return later(waitMs);
    return this.context.oneAtATime.alone(delivery, () => this.due(delivery));
  }

  private async due(delivery: Delivery): Promise<Verdict> {
    const { deliver, settle, events } = this.context;
    const step = decide(this.context, 'retry', delivery);
    if (step.kind !== 'deliver') return carryOut(settle, delivery, step);
    const event = await events.findEvent(delivery.eventSeq);
    if (event !== null) return (await deliver.now(step.webhook, delivery, event)) ? done : later(1);
    await settle.eventGone(delivery);
    return done;
  }
}
