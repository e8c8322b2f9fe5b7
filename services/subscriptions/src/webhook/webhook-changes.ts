import { HOUR_MS } from '#libs/contracts/src/time';
import type { WebhookStatus } from '#libs/contracts/src/webhook-state';
import { asEveryone } from '#libs/postgres/src/database';
import { assignments, changedRows, firstRow, insertRow, rows } from '#libs/postgres/src/rows';
import { every } from '#libs/timing/src/every';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';
import type { NewWebhook, WebhookRow } from '../state/webhook.row.js';

type Unchangeable = 'id' | 'account_id' | 'revision' | 'failures_since_revision' | 'created_at' | 'updated_at';

/** Columns that a change sets; undefined ones stay as they are. */
export type WebhookChange = { [Column in Exclude<keyof WebhookRow, Unchangeable>]?: WebhookRow[Column] | undefined } & {
  /** Counts failures from zero again, from this change's revision on. */
  restartsCount?: true;
};

/** Names a webhook; `status` and `failuresSinceRevision` are conditions that it must still fulfil. */
interface Which {
  accountId: string;
  id: string;
  status?: WebhookStatus;
  failuresSinceRevision?: number;
}

/**
 * The only way to change what a webhook is. Each change grows the revision, records the state that matching sees in the history,
 * and enqueues the new state. All of it happens in the caller's transaction, and the caller relays after it.
 */
@Injectable()
export class WebhookChanges {
  private readonly logger = new Logger(WebhookChanges.name);
  private stopSweeping: () => void = () => undefined;

  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
  ) {}

  start(): void {
    this.stopSweeping = every(
      HOUR_MS,
      () => this.sweep(),
      (error) => this.logger.warn(`old webhook states were not removed, trying again in an hour: ${(error as Error).message}`),
    );
  }

  stop(): void {
    this.stopSweeping();
  }

  async insert(manager: EntityManager, webhook: NewWebhook): Promise<WebhookRow> {
    const columns = { ...webhook, secrets: JSON.stringify(webhook.secrets) };
    const inserted = await insertRow<WebhookRow>(manager, 'subscriptions.webhooks', columns);
    await this.recordStates(manager, webhook.account_id, [webhook.id]);
    return inserted;
  }

  /** Returns the changed webhook, or null when it does not exist or no longer fulfils the conditions. */
  async update(manager: EntityManager, which: Which, change: WebhookChange): Promise<WebhookRow | null> {
    const { restartsCount = false, secrets, ...columns } = change;
    const params: unknown[] = [which.accountId, which.id, which.status ?? null, which.failuresSinceRevision ?? null];
    const sets = [
      ...assignments({ ...columns, secrets: secrets && JSON.stringify(secrets) }, params),
      ...(restartsCount ? ['consecutive_failures = 0', 'exhausted = 0', 'failures_since_revision = revision + 1'] : []),
      'revision = revision + 1',
      'updated_at = now()',
    ];
    const updated = await firstRow<WebhookRow>(
      manager,
      `UPDATE subscriptions.webhooks SET ${sets.join(', ')}
       WHERE account_id = $1 AND id = $2 AND ($3::text IS NULL OR status = $3)
         AND ($4::integer IS NULL OR failures_since_revision = $4)
       RETURNING *`,
      params,
    );
    if (updated) await this.recordStates(manager, which.accountId, [which.id]);
    return updated;
  }

  /** Deletes all webhooks of an account. */
  async deleteAll(manager: EntityManager, accountId: string, deletedAt: Date): Promise<void> {
    const deleted = await rows<{ id: string }>(
      manager,
      `UPDATE subscriptions.webhooks SET deleted_at = $2, revision = revision + 1, updated_at = now()
       WHERE account_id = $1 AND deleted_at IS NULL RETURNING id`,
      [accountId, deletedAt],
    );
    const ids = deleted.map(({ id }) => id);
    await this.recordStates(manager, accountId, ids);
  }

  private async recordStates(manager: EntityManager, accountId: string, ids: string[]): Promise<void> {
    await rows(manager, RECORD, [accountId, ids]);
    for (const id of ids) await this.outbox.enqueue(manager, 'webhook', accountId, id);
  }

  /** Removes past states that no kept event can have met. The state in force stays as long as its webhook. */
  async sweep(): Promise<void> {
    await asEveryone(this.database, (manager) => changedRows(manager, REMOVE_OLD));
  }
}

/** Records only a state that differs from the one before it: a new name or secret changes nothing for matching. */
const RECORD = `
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

/** Keeps states a day longer than the log keeps events. */
const REMOVE_OLD = `
  DELETE FROM subscriptions.webhook_history past
  WHERE at < now() - interval '32 days' AND (is_deleted OR EXISTS (
    SELECT 1 FROM subscriptions.webhook_history later
    WHERE later.account_id = past.account_id AND later.webhook_id = past.webhook_id
      AND later.revision > past.revision AND later.at < now() - interval '32 days'))`;
