import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import { carryOut, decide } from '../deliver/carry-out.js';
import type { HandlerContext } from '../deliver/handler-context.js';

/** The wait when no slot is left for replays in the whole process. */
const NO_SLOT_MS = 200;

/**
 * Makes the first attempt of a replay's delivery; later ones are retries like all others. A delivery that cannot begin soon
 * goes back to JetStream. If its replay is cancelled meanwhile, the message does not come again.
 */
export class ReplayHandler {
  constructor(private readonly context: HandlerContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    return this.context.oneAtATime.alone(delivery, () => this.first(delivery));
  }

  private async first(delivery: Delivery): Promise<Verdict> {
    const { deliver, settle, events } = this.context;
    const step = decide(this.context, 'replay', delivery);
    if (step.kind !== 'deliver') return carryOut(settle, delivery, step);
    const event = await events.findEvent(delivery.eventSeq);
    if (event === null) {
      await settle.eventGone(delivery);
      return done;
    }
    const attempted = await deliver.replayed(step.webhook, delivery, event);
    return attempted === 'settled' ? done : later(attempted === 'slow' ? NO_SLOT_MS : 1);
  }
}
