import type { DeliveryView } from '#libs/api/src/delivery.dto';
import type { WebhookViewStatus } from '#libs/api/src/webhook.dto';
import { newId } from '#libs/contracts/src/ids';
import { saidLogDays } from '#libs/contracts/src/log-days';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { ManualRequest } from '#libs/contracts/src/waiting-delivery';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Deliveries } from './deliveries.js';
import { deliveryView, type DeliveryRow } from './delivery.row.js';

type Operation = ManualRequest['operation'];

/** The client hears 503 when NATS does not take a request within this time. */
const PUBLISH_WITHIN_MS = 1_200;
const WAITS_IN = { pending_retry: 'RETRIES', held: 'LANES', pending: 'LANES' } as const;

interface History {
  manual_attempts: number;
  first_failed_at: Date | null;
  last_at: Date | null;
}

/**
 * Retry now and cancel, asked for by a person. The request is durable in REPLAYS before the answer; the owner of the
 * delivery does what it says, and the log shows it.
 */
@Injectable()
export class ManualRequests {
  constructor(
    private readonly database: DataSource,
    private readonly deliveries: Deliveries,
    private readonly publisher: Publisher,
  ) {}

  /** `webhookStatus` null: the webhook is deleted. Throws `delivery_not_found`, and `conflict` where the state does not allow it. */
  async ask(
    accountId: string,
    deliveryId: string,
    operation: 'retry' | 'cancel',
    webhookStatus: WebhookViewStatus | null,
  ): Promise<DeliveryView> {
    const row = await this.deliveries.row(accountId, deliveryId);
    const refusal = operation === 'retry' ? whyNotRetry(row, webhookStatus) : whyNotCancel(row);
    if (refusal !== null) throw new Problem('conflict', refusal);
    if (operation === 'retry') await this.refuseErased(row);
    await this.store(requestOf(row, await this.history(row), operation)).catch(() => {
      throw new Problem('unavailable', 'NATS does not answer at the moment. Try again.', { retryAfterSeconds: 1 });
    });
    return deliveryView(row);
  }

  /** Ends a delivery that waits, because its event was erased. */
  async endErased(row: DeliveryRow): Promise<void> {
    await this.store(requestOf(row, { manual_attempts: 0, first_failed_at: null, last_at: null }, 'erase'));
  }

  private store(request: ManualRequest): Promise<unknown> {
    const subject = subjects.manual(partitionOf(request.accountId), request.webhookId);
    const body = JSON.stringify(request);
    return this.publisher.publish(subject, body, { msgId: request.requestId, giveUpAfterMs: PUBLISH_WITHIN_MS });
  }

  private async refuseErased({ account_id, event_seq }: DeliveryRow): Promise<void> {
    const erased: unknown[] = await asAccount(this.database, account_id, (manager) =>
      manager.query('SELECT 1 FROM delivery_log.events WHERE seq = $1 AND erased_at IS NOT NULL', [event_seq]),
    );
    if (erased.length > 0) throw new Problem('conflict', 'The payload of its event was erased: there is nothing to send.');
  }

  private async history(row: DeliveryRow): Promise<History> {
    const [history]: History[] = await asAccount(this.database, row.account_id, (manager) =>
      manager.query(
        `SELECT count(*) FILTER (WHERE trigger = 'manual')::int AS manual_attempts, max(at) AS last_at,
              min(at + response_time_ms * interval '1 ms') AS first_failed_at
       FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2`,
        [row.id, new Date(row.created_at.getTime() - 60_000)],
      ),
    );
    return history!;
  }
}

function whyNotRetry(row: DeliveryRow, webhookStatus: WebhookViewStatus | null): string | null {
  if (row.is_test) return 'A test delivery is made once. Send another test instead.';
  if (webhookStatus === null) return 'The webhook of this delivery is deleted.';
  if (webhookStatus === 'disabled') return 'The webhook is disabled. Resume it first.';
  if (webhookStatus === 'paused' && (row.status === 'held' || row.status === 'pending_retry'))
    return 'The webhook is paused, and the delivery waits for its resume. Resume the webhook first.';
  if (row.status === 'pending' && row.waiting_seq === null) return 'The delivery is on its way.';
  return null;
}

function whyNotCancel(row: DeliveryRow): string | null {
  const isOver = row.status === 'success' || row.status === 'failed' || row.status === 'cancelled';
  return isOver ? `The delivery is over: ${row.status}. There is nothing to cancel.` : null;
}

function requestOf(row: DeliveryRow, history: History, operation: Operation): ManualRequest {
  const stream = row.status in WAITS_IN ? WAITS_IN[row.status as keyof typeof WAITS_IN] : null;
  const dueAt = row.next_attempt_at ?? row.updated_at;
  return {
    v: 1,
    operation,
    requestId: newId('req'),
    deliveryId: row.id,
    accountId: row.account_id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    eventType: row.event_type,
    eventSeq: Number(row.event_seq),
    createdAtMs: row.created_at.getTime(),
    attempts: row.attempts,
    manualAttempts: history.manual_attempts,
    firstFailedAtMs: history.first_failed_at?.getTime() ?? null,
    lastAttemptAtMs: history.last_at?.getTime() ?? null,
    dueAtMs: dueAt.getTime(),
    trigger: 'manual',
    reason: null,
    replayId: row.replay_id,
    logDays: saidLogDays(row.log_days),
    waits: stream === null || row.waiting_seq === null ? null : { stream, seq: Number(row.waiting_seq) },
  };
}
