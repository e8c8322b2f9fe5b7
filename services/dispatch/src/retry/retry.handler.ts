import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { Clock } from '../attempt/clock.js';
import { readDelivery, whyLost, type Delivery } from '../delivery/delivery.js';
import type { HandlerContext } from '../deliver/handler-context.js';
import { nextStep } from '../delivery/next-step.js';

export interface RetryContext extends HandlerContext {
  clock: Clock;
}

/** A delivery that waited for its time. The waiting is JetStream's: a nak until it is due. */
export class RetryHandler {
  constructor(private readonly context: RetryContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    const waitMs = delivery.dueAtMs - this.context.clock.nowMs();
    if (waitMs > 0) return later(waitMs);
    return this.context.oneAtATime.alone(delivery, () => this.due(delivery));
  }

  private async due(delivery: Delivery): Promise<Verdict> {
    const { directory, ledger, deliver, settle, events } = this.context;
    const webhook = directory.findWebhook(delivery.webhookId);
    const known = ledger.findEntry(delivery.deliveryId, delivery.eventSeq);
    const step = nextStep('retry', delivery, known, webhook?.state.status ?? null);
    switch (step.kind) {
      case 'schedule_again':
        await settle.schedule(step.next);
        return done;
      case 'cancel':
        await settle.cancelled(delivery, step.reason);
        return done;
      case 'deliver': {
        const event = await events.findEvent(delivery.eventSeq);
        if (event !== null) return (await deliver.now(webhook!, delivery, event)) ? done : later(1);
        await settle.lost(delivery, whyLost(delivery, Date.now()));
        return done;
      }
      case 'stay':
      case 'drop':
        return done;
    }
  }
}
