import type { ManualRequest } from '#libs/contracts/src/waiting-delivery';
import { done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import type { HandlerContext } from '../deliver/handler-context.js';
import { nextManualStep } from '../delivery/next-step.js';
import type { Lanes } from '../lane/lanes.js';
import type { LedgerEntry } from '../ledger/ledger.js';

export interface ManualContext extends HandlerContext {
  connection: JetStreamConnection;
  lanes: Lanes;
}

type Waits = ManualRequest['waits'];

/**
 * Handles a person's retry or cancel, and ends erased deliveries. The message that waits is deleted last. After a crash before
 * that, the message is still there, but the ledger knows that its delivery has moved on.
 */
export class ManualHandler {
  constructor(private readonly context: ManualContext) {}

  async handle(message: Delivered): Promise<Verdict> {
    const request = readDelivery<ManualRequest>(message.body);
    return this.context.oneAtATime.alone(request, () => this.work(request));
  }

  private async work(request: ManualRequest): Promise<Verdict> {
    const { directory, ledger, settle, events, deliver } = this.context;
    const { operation, waits: asked, requestId, ...history } = request;
    const known = ledger.findEntry(request.deliveryId, request.eventSeq);
    const waits = known === null ? asked : waitsBy(known);
    // The waiting message has the latest history.
    const waiting = waits === null ? null : await this.findWaiting(waits, request.deliveryId);
    const delivery = { ...(waiting ?? history), requestId };
    const webhook = directory.findWebhook(delivery.webhookId);
    const isDone = ledger.isRequestDone(requestId);
    const step = nextManualStep(operation, delivery, asked !== null, known, isDone, webhook?.state.status ?? null);
    switch (step.kind) {
      case 'drop':
        return done;
      case 'schedule_again':
        await settle.schedule(step.next);
        break;
      case 'end':
        if (operation === 'erase') await settle.lost(step.delivery, 'erased');
        else await settle.cancelled(step.delivery, 'manual');
        break;
      case 'hold':
        await deliver.hold(webhook!, step.delivery, 'paused');
        return done;
      case 'attempt': {
        const event = await events.findEvent(delivery.eventSeq);
        if (event === null) await settle.eventGone(delivery);
        else if (!(await deliver.manual(webhook!, step.delivery, event, { waitsUntilMs: step.waitsUntilMs }))) return later(200);
        break;
      }
    }
    if (waits !== null && waiting !== null) await this.deleteWaiting(waits, delivery.webhookId);
    return done;
  }

  private async findWaiting({ stream, seq }: NonNullable<Waits>, deliveryId: string): Promise<Delivery | null> {
    const message = await this.context.connection.jsm.direct.getMessage(stream, { seq });
    const waiting = message === null ? null : readDelivery(message.data);
    return waiting?.deliveryId === deliveryId ? waiting : null;
  }

  private async deleteWaiting({ stream, seq }: NonNullable<Waits>, webhookId: string): Promise<void> {
    const { connection, lanes } = this.context;
    // It may be gone: its time came meanwhile, and it was dropped because the delivery has moved on.
    const isDeleted = await connection.jsm.streams.deleteMessage(stream, seq, false).catch(() => false);
    if (isDeleted && stream === 'LANES') lanes.deleted(webhookId, seq);
  }
}

function waitsBy(known: LedgerEntry): Waits {
  if (known.state === 'waiting' && known.retrySeq !== null) return { stream: 'RETRIES', seq: known.retrySeq };
  if (known.state === 'held') return { stream: 'LANES', seq: known.laneSeq };
  return null;
}
