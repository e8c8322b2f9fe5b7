import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { Deliver } from '../delivery/deliver.js';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import type { Settle } from '../delivery/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Ledger } from '../ownership/ledger.js';
import type { StoredEvents } from '../payload/stored-events.js';

export interface RetryContext {
  directory: WebhookDirectory;
  ledger: Ledger;
  deliver: Deliver;
  settle: Settle;
  events: StoredEvents;
}

/** A delivery that waited for its time. The waiting is JetStream's: a nak until it is due. */
export class RetryHandler {
  constructor(private readonly context: RetryContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const { directory, ledger, deliver, settle, events } = this.context;
    const delivery = readDelivery(message.body);
    const waitMs = delivery.dueAtMs - Date.now();
    if (waitMs > 0) return later(waitMs);

    await deliver.findInFlight(delivery);
    if (await this.isStale(delivery, ledger, settle)) return done;
    const webhook = directory.find(delivery.webhookId);
    if (!webhook || webhook.form.status === 'disabled') {
      await settle.cancelled(delivery, webhook ? 'webhook_disabled' : 'webhook_deleted');
      return done;
    }
    const event = await events.find(delivery.eventSeq);
    if (event === null) await settle.lost(delivery, 'expired');
    else await deliver.now(webhook, delivery, event);
    return done;
  }

  /** Whether this attempt was made, or the delivery moved on, before the message came again. */
  private async isStale(delivery: Delivery, ledger: Ledger, settle: Settle): Promise<boolean> {
    const known = ledger.find(delivery.deliveryId, delivery.eventSeq);
    if (known === null) return false;
    if (known.state === 'held') return known.attempts >= delivery.attempts;
    if (known.state === 'waiting' && known.attempts === delivery.attempts + 1) await settle.scheduleAgain(delivery, known);
    return known.state === 'settled' || known.attempts > delivery.attempts;
  }
}
