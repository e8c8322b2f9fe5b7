import { deliveryId } from '#libs/contracts/src/ids';
import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import { crashPoint } from '#libs/service/src/crash-point';
import type { Slots } from '../flow/slots.js';
import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import { nextTryOf, type Delivery } from '../delivery/delivery.js';
import { carryOut, decide } from '../deliver/carry-out.js';
import type { HandlerContext } from '../deliver/handler-context.js';
import type { Webhook } from '../directory/webhook.js';
import { readEvent, type StoredEvent } from '#libs/contracts/src/stored-event';
import { dataOf } from '../payload/stored-events.js';
import type { RecordBook } from '../record/record-book.js';

export interface EventContext extends HandlerContext {
  slots: Slots;
  records: RecordBook;
}

/** Makes a delivery for each webhook that matches an event. The event is done when all have a durable successor. */
export class EventHandler {
  constructor(private readonly context: EventContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const event = readEvent({ ...message, seq: message.streamSeq, header: (name) => message.header(name) });
    let data: Record<string, unknown> | null = null;
    const readData = (): Record<string, unknown> => (data ??= dataOf(event));
    const asked = this.context.records.before(event, message.consumerSeq, readData);
    const before = asked === null ? null : await asked;
    const webhooks = this.context.directory.match(event, readData, before?.fingerprints);
    if (message.isRedelivery) await this.finishSchedules(message.streamSeq);
    if (webhooks.length === 0 && before === null) return done;
    if (webhooks.length > 1) this.context.events.keep(event);
    const deliveries: Promise<Verdict>[] = [];
    const running = new Set<Promise<unknown>>();
    for (const webhook of webhooks) {
      // An event with ten thousand matches begins no faster than there are slots, and waits for one in a single place.
      while (this.context.slots.isFull && running.size > 0) await Promise.race(running);
      const delivery = this.make(event, webhook);
      const delivered = this.context.oneAtATime.alone(delivery, () => this.deliver(delivery, event));
      deliveries.push(delivered);
      // An ended delivery must not win the next race. Its verdict is read below.
      const ended: Promise<unknown> = delivered.catch(() => undefined).then(() => running.delete(ended));
      running.add(ended);
    }
    const verdicts = await Promise.all(deliveries);
    await before?.written;
    crashPoint('dispatch.unacked');
    return verdicts.find(({ kind }) => kind === 'later') ?? done;
  }

  /** Makes retries that are missing because a process died right after the attempt. Their webhooks may no longer match. */
  private async finishSchedules(eventSeq: number): Promise<void> {
    for (const fact of this.context.ledger.unscheduledOf(eventSeq)) {
      // Later attempts and replays have a source of their own, which is redelivered.
      if (fact.attempt.number > 1 || fact.replayId !== null) continue;
      const next = nextTryOf(fact);
      await this.context.oneAtATime.alone(next, async () => {
        if (this.context.ledger.unscheduledOf(eventSeq).includes(fact)) await this.context.settle.schedule(next);
      });
    }
  }

  private make(event: StoredEvent, webhook: Webhook): Delivery {
    const { accountId, id: eventId, type: eventType, seq: eventSeq, storedAtMs, logDays } = event;
    const webhookId = webhook.state.id;
    return firstDelivery(
      { deliveryId: deliveryId(eventId, webhookId), accountId, webhookId, eventId, eventType, eventSeq, logDays },
      storedAtMs,
    );
  }

  /** Done: the delivery has a durable successor. */
  private async deliver(delivery: Delivery, event: StoredEvent): Promise<Verdict> {
    const { deliver, settle } = this.context;
    const step = decide(this.context, 'event', delivery);
    if (step.kind !== 'deliver') return carryOut(settle, delivery, step);
    return (await deliver.now(step.webhook, delivery, event)) ? done : later(1);
  }
}
