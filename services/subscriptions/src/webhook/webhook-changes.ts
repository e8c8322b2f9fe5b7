import { asEveryone } from '#libs/postgres/src/database';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager, type FindOptionsWhere, type QueryDeepPartialEntity } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';
import { WebhookRow } from './webhook.row.js';

export type WebhookChange = QueryDeepPartialEntity<WebhookRow>;
type Which = FindOptionsWhere<WebhookRow> & Pick<WebhookRow, 'accountId' | 'id'>;

const SWEEP_EVERY_MS = 60 * 60_000;

/**
 * The one place through which webhooks change: the revision grows, the history remembers what matching will make of it, the
 * outbox carries the new state. All in the transaction of the caller, who relays after it.
 */
@Injectable()
export class WebhookChanges {
  private readonly logger = new Logger(WebhookChanges.name);
  private timer: NodeJS.Timeout;

  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.sweep().catch((error: Error) => this.logger.warn(`old states of webhooks were not removed: ${error.message}`));
    }, SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async insert(manager: EntityManager, row: WebhookRow): Promise<void> {
    await manager.insert(WebhookRow, row as WebhookChange);
    await this.recordStates(manager, row.accountId, [row.id]);
  }

  /** False: there is no such webhook, or no longer one as `which` says. */
  async update(manager: EntityManager, which: Which, change: WebhookChange): Promise<boolean> {
    const { affected } = await manager.update(WebhookRow, which, { ...change, revision: () => 'revision + 1' });
    if (affected !== 1) return false;
    await this.recordStates(manager, which.accountId, [which.id]);
    return true;
  }

  /** Those of an account that is deleted. */
  async deleteAll(manager: EntityManager, accountId: string, deletedAt: Date): Promise<void> {
    const which = { accountId, deletedAt: IsNull() };
    const webhooks = await manager.find(WebhookRow, { select: { id: true }, where: which });
    await manager.update(WebhookRow, which, { deletedAt, revision: () => 'revision + 1' });
    await this.recordStates(
      manager,
      accountId,
      webhooks.map(({ id }) => id),
    );
  }

  private async recordStates(manager: EntityManager, accountId: string, ids: string[]): Promise<void> {
    await manager.query(REMEMBER, [accountId, ids]);
    for (const id of ids) await this.outbox.enqueue(manager, 'webhook', accountId, id);
  }

  /** What a webhook was is told as long as events are kept, and what it is now for as long as it is there. */
  async sweep(): Promise<void> {
    await asEveryone(this.database, (manager) => manager.query(FORGET));
  }
}

/** Only what differs from the state before it: a new name or secret changes nothing for matching. */
const REMEMBER = `
  INSERT INTO subscriptions.webhook_history
    (account_id, webhook_id, revision, at, events, filter, status, status_reason, status_at, is_deleted)
  SELECT webhook.account_id, webhook.id, webhook.revision, statement_timestamp(), webhook.events, webhook.filter, webhook.status,
    webhook.status_reason,
    CASE WHEN (last.status, last.status_reason) IS NOT DISTINCT FROM (webhook.status, webhook.status_reason)
      THEN last.status_at ELSE statement_timestamp() END,
    webhook.deleted_at IS NOT NULL
  FROM subscriptions.webhooks webhook
  LEFT JOIN LATERAL (
    SELECT * FROM subscriptions.webhook_history
    WHERE account_id = $1 AND webhook_id = webhook.id ORDER BY revision DESC LIMIT 1
  ) last ON true
  WHERE webhook.account_id = $1 AND webhook.id = ANY($2::text[])
    AND (last.events, last.filter, last.status, last.status_reason, last.is_deleted)
      IS DISTINCT FROM (webhook.events, webhook.filter, webhook.status, webhook.status_reason, webhook.deleted_at IS NOT NULL)`;

/** A day longer than the log keeps events. */
const FORGET = `
  DELETE FROM subscriptions.webhook_history past
  WHERE at < now() - interval '32 days' AND (is_deleted OR EXISTS (
    SELECT 1 FROM subscriptions.webhook_history later
    WHERE later.account_id = past.account_id AND later.webhook_id = past.webhook_id
      AND later.revision > past.revision AND later.at < now() - interval '32 days'))`;
