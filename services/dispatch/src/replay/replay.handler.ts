import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { readDelivery, whyLost, type Delivery } from '../delivery/delivery.js';
import type { HandlerContext } from '../deliver/handler-context.js';
import { nextStep } from '../delivery/next-step.js';

/** When no slot is left for replays in the whole process. */
const NO_SLOT_MS = 200;

/**
 * The first attempt of a delivery that a bulk replay makes; those after it are retries like all others. What cannot begin soon goes
 * back to JetStream: a message that was taken back meanwhile, because its replay was cancelled, does not come again.
 */
export class ReplayHandler {
  constructor(private readonly context: HandlerContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    return this.context.oneAtATime.alone(delivery, () => this.first(delivery));
  }

  private async first(delivery: Delivery): Promise<Verdict> {
    const { directory, ledger, deliver, settle, events } = this.context;
    const webhook = directory.findWebhook(delivery.webhookId);
    const known = ledger.findEntry(delivery.deliveryId, delivery.eventSeq);
    const step = nextStep('replay', delivery, known, webhook?.state.status ?? null);
    switch (step.kind) {
      case 'schedule_again':
        await settle.schedule(step.next);
        return done;
      case 'cancel':
        await settle.cancelled(delivery, step.reason);
        return done;
      case 'drop':
        return done;
      case 'stay':
        return later(1);
      case 'deliver': {
        const event = await events.findEvent(delivery.eventSeq);
        if (event === null) {
          await settle.lost(delivery, whyLost(delivery, Date.now()));
          return done;
        }
        const attempted = await deliver.replayed(webhook!, delivery, event);
        return attempted === 'settled' ? done : later(attempted === 'slow' ? NO_SLOT_MS : 1);
      }
    }
  }
}
