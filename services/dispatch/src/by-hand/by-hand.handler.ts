import type { ByHandRequest } from '#libs/contracts/src/waiting-delivery';
import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Deliver } from '../delivery/deliver.js';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import { nextStepByHand } from '../delivery/next-step.js';
import type { OneAtATime } from '../delivery/one-at-a-time.js';
import type { Settle } from '../delivery/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Lanes } from '../lane/lanes.js';
import type { Ledger, LedgerEntry } from '../ownership/ledger.js';
import type { StoredEvents } from '../payload/stored-events.js';

export interface ByHandContext {
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  ledger: Ledger;
  deliver: Deliver;
  oneAtATime: OneAtATime;
  settle: Settle;
  events: StoredEvents;
  lanes: Lanes;
}

type Waits = ByHandRequest['waits'];

/**
 * Retry now and cancel, asked for by a person. The message that waits is deleted last: a crash before that leaves a message
 * whose delivery has moved on, which the ledger knows.
 */
export class ByHandHandler {
  constructor(private readonly context: ByHandContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const request = readDelivery<ByHandRequest>(message.body);
    return this.context.oneAtATime.alone(request, () => this.work(request));
  }

  private async work(request: ByHandRequest): Promise<Verdict> {
    const { directory, ledger, settle, events, deliver, lanes } = this.context;
    const { operation, waits: asked, ...delivery } = request;
    const known = ledger.find(delivery.deliveryId, delivery.eventSeq);
    const waits = known === null ? asked : waitsBy(known);
    const webhook = directory.find(delivery.webhookId);
    const isDone = ledger.isRequestDone(request.requestId);
    const step = nextStepByHand(operation, delivery, asked !== null, known, isDone, webhook?.form.status ?? null);
    switch (step.kind) {
      case 'drop':
        return done;
      case 'schedule_again':
        await settle.schedule(step.next);
        break;
      case 'cancel':
        await settle.cancelled(delivery, step.reason);
        break;
      case 'hold':
        await lanes.hold(webhook!, step.delivery, 'paused');
        return done;
      case 'attempt': {
        const event = await events.find(delivery.eventSeq);
        if (event === null) await settle.lost(delivery, 'expired');
        else if (!(await deliver.byHand(webhook!, step.delivery, event, { waitsUntilMs: step.waitsUntilMs }))) return later(200);
        break;
      }
    }
    await this.deleteWaiting(delivery, waits);
    return done;
  }

  /** The message that waited, unless the stream has another one there: its sequence may be old. */
  private async deleteWaiting(delivery: Delivery, waits: Waits): Promise<void> {
    if (waits === null) return;
    const { connection, lanes } = this.context;
    const message = await connection.jsm.direct.getMessage(waits.stream, { seq: waits.seq });
    if (message === null || readDelivery(message.data).deliveryId !== delivery.deliveryId) return;
    await connection.jsm.streams.deleteMessage(waits.stream, waits.seq, false);
    if (waits.stream === 'LANES') lanes.turnEnded(delivery.webhookId, true);
  }
}

function waitsBy(known: LedgerEntry): Waits {
  if (known.state === 'waiting' && known.retrySeq !== null) return { stream: 'RETRIES', seq: known.retrySeq };
  if (known.state === 'held') return { stream: 'LANES', seq: known.laneSeq };
  return null;
}
