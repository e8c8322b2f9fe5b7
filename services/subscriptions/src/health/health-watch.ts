import { SECOND_MS } from '#libs/contracts/src/time';
import { HEALTH_BUCKET, type WebhookHealth } from '#libs/contracts/src/webhook-health';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { changedRows, rows } from '#libs/postgres/src/rows';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { Notifications } from '../notification/notifications.js';
import { Outbox } from '../outbox/outbox.js';
import { isProbed } from '../state/states.js';
import type { WebhookRow } from '../state/webhook.row.js';
import { WebhookChanges } from '../webhook/webhook-changes.js';
import { afterFailures } from './after-failures.js';
import { endNotification, failureNotifications, resumedNotification } from './failure-notifications.js';

const BATCH_MAX = 200;
const RAISED_MAX = 10_000;
const RETRY_AFTER_MS = SECOND_MS;

/**
 * Follows the failures that dispatch counts in the health bucket. Shows them, raises notifications, and pauses or disables a
 * webhook as its setting or a 410 says. Resumes a webhook whose receiver answers a probe. Every replica follows. The
 * row's status and count are conditions of each change, so only one replica makes it.
 */
@Injectable()
export class HealthWatch {
  private readonly logger = new Logger(HealthWatch.name);
  /** Newest health of each webhook that waits for its turn. */
  private readonly pending = new Map<string, WebhookHealth>();
  /** Notifications that this process has raised. Saves queries; the table itself prevents duplicates. */
  private readonly raised = new Set<string>();
  private isWorking = false;
  private stopFollowing: () => void = () => undefined;

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly outbox: Outbox,
    private readonly changes: WebhookChanges,
    private readonly notifications: Notifications,
    private readonly audit: AuditLog,
  ) {}

  async start(): Promise<void> {
    const { stop } = await follow(this.connection.js, {
      stream: `KV_${HEALTH_BUCKET}`,
      filter: `$KV.${HEALTH_BUCKET}.>`,
      onMessage: ({ subject, body }) => {
        if (body.length === 0) return;
        const webhookId = subject.slice(subject.lastIndexOf('.') + 1);
        this.pending.set(webhookId, JSON.parse(Buffer.from(body).toString()) as WebhookHealth);
        if (!this.isWorking) void this.work();
      },
      onProblem: (reason) => this.logger.error(reason),
    });
    this.stopFollowing = stop;
  }

  stop(): void {
    this.stopFollowing();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    while (this.pending.size > 0) {
      const batch = new Map([...this.pending].slice(0, BATCH_MAX));
      for (const webhookId of batch.keys()) this.pending.delete(webhookId);
      await this.handle(batch).catch((error: Error) => {
        this.logger.warn(`the health of ${batch.size} webhooks is not applied yet, trying again: ${error.message}`);
        // Tries again in a second, unless something newer has come.
        setTimeout(() => {
          for (const [webhookId, health] of batch) if (!this.pending.has(webhookId)) this.pending.set(webhookId, health);
          if (!this.isWorking) void this.work();
        }, RETRY_AFTER_MS).unref();
      });
    }
    this.isWorking = false;
  }

  /** Most failures only change a count: one statement writes all of those. */
  private async handle(batch: Map<string, WebhookHealth>): Promise<void> {
    const webhooks = await asEveryone(this.database, (manager) =>
      rows<WebhookRow>(manager, 'SELECT * FROM subscriptions.webhooks WHERE id = ANY($1) AND deleted_at IS NULL', [
        [...batch.keys()],
      ]),
    );
    const counted: { row: WebhookRow; health: WebhookHealth }[] = [];
    for (const row of webhooks) {
      const health = batch.get(row.id)!;
      // Ignores failures that were counted before the last resume.
      if (health.failuresSinceRevision < row.failures_since_revision) continue;
      if (this.isRaisedAlready(row, health)) counted.push({ row, health });
      else await this.decide(row, health);
    }
    const changed = counted.filter(({ row, health }) => isShownOtherwise(row, health));
    if (changed.length === 0) return;
    await asEveryone(this.database, (manager) =>
      changedRows(
        manager,
        `UPDATE subscriptions.webhooks webhook SET consecutive_failures = counted.failures, exhausted = counted.exhausted
       FROM unnest($1::text[], $2::int[], $3::int[], $4::int[]) AS counted (id, failures, exhausted, since)
       WHERE webhook.id = counted.id AND webhook.status = 'active' AND webhook.failures_since_revision = counted.since`,
        [
          changed.map(({ row }) => row.id),
          changed.map(({ health }) => health.consecutiveFailures),
          changed.map(({ health }) => health.exhausted),
          changed.map(({ row }) => row.failures_since_revision),
        ],
      ),
    );
  }

  /** Nothing is to be decided, and this process has raised every notification. */
  private isRaisedAlready(row: WebhookRow, health: WebhookHealth): boolean {
    if (row.status === 'active' ? afterFailures(health, row.auto_pause) !== null : isBack(row, health)) return false;
    return failureNotifications(row, health).every(({ about }) => this.raised.has(`${row.id} ${about}`));
  }

  private async decide(row: WebhookRow, health: WebhookHealth): Promise<void> {
    const isChanged = await asAccount(this.database, row.account_id, async (manager) => {
      return row.status === 'active' ? this.failed(manager, row, health) : this.probed(manager, row, health);
    });
    if (this.raised.size > RAISED_MAX) this.raised.clear();
    for (const { about } of failureNotifications(row, health)) this.raised.add(`${row.id} ${about}`);
    // The next sweep relays notifications without a change.
    if (isChanged) await this.outbox.relay(row.account_id);
  }

  /** Shows an active webhook's failures, raises notifications, and ends it where its setting says so. True: ended. */
  private async failed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<boolean> {
    const { consecutiveFailures, exhausted } = health;
    if (isShownOtherwise(row, health)) {
      await changedRows(
        manager,
        'UPDATE subscriptions.webhooks SET consecutive_failures = $3, exhausted = $4 WHERE account_id = $1 AND id = $2',
        [row.account_id, row.id, consecutiveFailures, exhausted],
      );
    }
    for (const one of failureNotifications(row, health)) await this.notifications.raise(manager, one);
    const decision = afterFailures(health, row.auto_pause);
    if (decision === null) return false;
    // Changes nothing when another replica was first.
    const changed = await this.changes.update(
      manager,
      { accountId: row.account_id, id: row.id, status: 'active', failuresSinceRevision: row.failures_since_revision },
      { status: decision.status, status_reason: decision.statusReason, release_rate_per_second: null },
    );
    if (!changed) return false;
    await this.notifications.raise(manager, endNotification(row, decision));
    const to = { status: decision.status };
    await this.audit.record(manager, row.account_id, `webhook.${decision.status}`, row.id, { status: row.status }, to);
    this.logger.log(`webhook ${row.id}: ${decision.status} (${decision.statusReason})`);
    return true;
  }

  /** Resumes a webhook that failures have paused once its receiver answers a probe. True: resumed. */
  private async probed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<boolean> {
    for (const one of failureNotifications(row, health)) await this.notifications.raise(manager, one);
    if (!isBack(row, health)) return false;
    const changed = await this.changes.update(
      manager,
      { accountId: row.account_id, id: row.id, status: 'paused', failuresSinceRevision: row.failures_since_revision },
      { status: 'active', status_reason: null, restartsCount: true },
    );
    if (!changed) return false;
    await this.notifications.raise(manager, resumedNotification(row));
    await this.audit.record(manager, row.account_id, 'webhook.resumed', row.id, { status: row.status }, { status: 'active' });
    return true;
  }
}

function isShownOtherwise(row: WebhookRow, { consecutiveFailures, exhausted }: WebhookHealth): boolean {
  return row.consecutive_failures !== consecutiveFailures || row.exhausted !== exhausted;
}

/** The receiver of a probed webhook has answered. */
function isBack(row: WebhookRow, health: WebhookHealth): boolean {
  return isProbed(row) && health.consecutiveFailures === 0;
}
