import type { DeliveryView } from '#libs/api/src/delivery.dto';
import type { WebhookViewStatus } from '#libs/api/src/webhook.dto';
import { newId } from '#libs/contracts/src/ids';
import { saidLogDays } from '#libs/contracts/src/log-days';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { firstDelivery, type ManualRequest } from '#libs/contracts/src/waiting-delivery';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asAccount } from '#libs/postgres/src/database';
import { firstRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Deliveries } from './deliveries.js';
import { attemptsSince, deliveryView, type DeliveryRow } from './delivery.row.js';

/** The client gets 503 when NATS does not store a request within this time. */
const PUBLISH_WITHIN_MS = 1_200;
/** Streams in which deliveries of a status wait. */
const WAITS_IN = { pending_retry: 'RETRIES', held: 'LANES', pending: 'LANES' } as const;

/** Attempts of a delivery so far. */
interface History {
  manual_attempts: number;
  first_failed_at: Date | null;
  last_at: Date | null;
}

const NO_ATTEMPTS: History = { manual_attempts: 0, first_failed_at: null, last_at: null };

/**
 * Retry and cancel, asked for by a person. A request is durable in REPLAYS before the answer. The owner of the delivery carries it
 * out, and the log shows the result.
 */
@Injectable()
export class ManualRequests {
  constructor(
    private readonly database: DataSource,
    private readonly deliveries: Deliveries,
    private readonly publisher: Publisher,
  ) {}

  /**
   * Asks for an attempt now. `webhookStatus` null: the webhook is deleted. Throws `delivery_not_found`, or `conflict` when the
   * delivery's or the webhook's state does not allow it.
   */
  async retry(accountId: string, deliveryId: string, webhookStatus: WebhookViewStatus | null): Promise<DeliveryView> {
    const row = await this.deliveries.getRow(accountId, deliveryId);
    refuse(whyNotRetry(row, webhookStatus));
    await this.refuseErased(row);
    return this.request(row, 'retry');
  }

  /** Asks to end a delivery that is not over. Throws `delivery_not_found`, or `conflict` when it is over. */
  async cancel(accountId: string, deliveryId: string): Promise<DeliveryView> {
    const row = await this.deliveries.getRow(accountId, deliveryId);
    refuse(whyNotCancel(row));
    return this.request(row, 'cancel');
  }

  /** Ends a waiting delivery whose event was erased. */
  async endErased(row: DeliveryRow): Promise<void> {
    await this.store(requestOf(row, NO_ATTEMPTS, 'erase'));
  }

  private async request(row: DeliveryRow, operation: 'retry' | 'cancel'): Promise<DeliveryView> {
    await this.store(requestOf(row, await this.historyOf(row), operation)).catch(() => {
      throw new Problem('unavailable', 'NATS does not answer at the moment. Try again.', { retryAfterSeconds: 1 });
    });
    return deliveryView(row);
  }

  private store(request: ManualRequest): Promise<unknown> {
    const subject = subjects.manual(partitionOf(request.accountId), request.webhookId);
    const body = JSON.stringify(request);
    return this.publisher.publish(subject, body, { msgId: request.requestId, giveUpAfterMs: PUBLISH_WITHIN_MS });
  }

  private async refuseErased({ account_id, event_seq }: DeliveryRow): Promise<void> {
    const erased = await asAccount(this.database, account_id, (manager) =>
      firstRow(manager, 'SELECT 1 FROM delivery_log.events WHERE seq = $1 AND erased_at IS NOT NULL', [event_seq]),
    );
    if (erased !== null) refuse("The event's payload was erased. There is nothing to send.");
  }

  private async historyOf(row: DeliveryRow): Promise<History> {
    const history = await asAccount(this.database, row.account_id, (manager) =>
      firstRow<History>(
        manager,
        `SELECT count(*) FILTER (WHERE trigger = 'manual')::int AS manual_attempts, max(at) AS last_at,
              min(at + response_time_ms * interval '1 ms') AS first_failed_at
       FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2`,
        [row.id, attemptsSince(row)],
      ),
    );
    return history!;
  }
}

function refuse(reason: string | null): void {
  if (reason !== null) throw new Problem('conflict', reason);
}

function whyNotRetry(row: DeliveryRow, webhookStatus: WebhookViewStatus | null): string | null {
  if (row.is_test) return 'A test delivery has one attempt only. Send another test instead.';
  if (webhookStatus === null) return "The delivery's webhook is deleted. Deliveries of a deleted webhook cannot be sent again.";
  if (webhookStatus === 'disabled') return 'The webhook is disabled. Resume it first.';
  if (webhookStatus === 'paused' && (row.status === 'held' || row.status === 'pending_retry'))
    return 'The webhook is paused, and the delivery is held. Resume the webhook first.';
  if (row.status === 'pending' && row.waiting_seq === null) return 'An attempt is under way. Wait for its result.';
  return null;
}

function whyNotCancel(row: DeliveryRow): string | null {
  const isOver = row.status === 'success' || row.status === 'failed' || row.status === 'cancelled';
  return isOver ? `The delivery has ended with the status ${row.status}. There is nothing to cancel.` : null;
}

function requestOf(row: DeliveryRow, history: History, operation: ManualRequest['operation']): ManualRequest {
  const stream = row.status in WAITS_IN ? WAITS_IN[row.status as keyof typeof WAITS_IN] : null;
  const ids = {
    deliveryId: row.id,
    accountId: row.account_id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    eventType: row.event_type,
    eventSeq: Number(row.event_seq),
    logDays: saidLogDays(row.log_days),
  };
  return {
    ...firstDelivery(ids, row.created_at.getTime(), 'manual'),
    operation,
    requestId: newId('req'),
    attempts: row.attempts,
    manualAttempts: history.manual_attempts,
    firstFailedAtMs: history.first_failed_at?.getTime() ?? null,
    lastAttemptAtMs: history.last_at?.getTime() ?? null,
    dueAtMs: (row.next_attempt_at ?? row.updated_at).getTime(),
    replayId: row.replay_id,
    waits: stream === null || row.waiting_seq === null ? null : { stream, seq: Number(row.waiting_seq) },
  };
}
