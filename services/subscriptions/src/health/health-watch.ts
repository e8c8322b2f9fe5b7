import { HEALTH_BUCKET, type WebhookHealth } from '#libs/contracts/src/webhook-health';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, In, IsNull, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { Outbox } from '../outbox/outbox.js';
import { WebhookChanges } from '../webhook/webhook-changes.js';
import { WebhookRow } from '../webhook/webhook.row.js';
import { Notifications } from '../notification/notifications.js';
import { afterFailures } from './after-failures.js';
import { endOf, notesOf, resumed } from './notes.js';

const BATCH_MAX = 200;
const TOLD_MAX = 10_000;

/**
 * Follows what dispatch counts in the health bucket, and acts on it: shows the failures, tells of them, pauses or disables a
 * webhook whose receiver has failed too often, disables one that answered 410, resumes one whose receiver answers a probe.
 * Every replica follows; of two that decide the same, one changes the row, for it must still have the status and the count
 * that the failures were counted under.
 */
@Injectable()
export class HealthWatch {
  private readonly logger = new Logger(HealthWatch.name);
  /** The newest health of each webhook that waits to be looked at; one batch at a time. */
  private readonly pending = new Map<string, WebhookHealth>();
  /** What this process has noted already: saves the question, the table knows it anyway. */
  private readonly told = new Set<string>();
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
      await this.lookAt(batch).catch((error: Error) => {
        this.logger.warn(`the health of ${batch.size} webhooks could not be looked at yet: ${error.message}`);
        // Again with the next second, unless something newer has come.
        setTimeout(() => {
          for (const [webhookId, health] of batch) if (!this.pending.has(webhookId)) this.pending.set(webhookId, health);
          if (!this.isWorking) void this.work();
        }, 1_000).unref();
      });
    }
    this.isWorking = false;
  }

  /** Most failures only count: those are written in one statement, whatever their number. */
  private async lookAt(batch: Map<string, WebhookHealth>): Promise<void> {
    const rows = await asEveryone(this.database, (manager) =>
      manager.findBy(WebhookRow, { id: In([...batch.keys()]), deletedAt: IsNull() }),
    );
    const counted: { row: WebhookRow; health: WebhookHealth }[] = [];
    for (const row of rows) {
      const health = batch.get(row.id)!;
      // Counted before the last resume: says nothing of the webhook as it is now.
      if (health.failuresSinceRevision < row.failuresSinceRevision) continue;
      if (this.isToldOfAlready(row, health)) counted.push({ row, health });
      else await this.look(row, health);
    }
    const changed = counted.filter(({ row, health }) => row.consecutiveFailures !== health.consecutiveFailures);
    if (changed.length === 0) return;
    await asEveryone(this.database, (manager) =>
      manager.query(
        `UPDATE subscriptions.webhooks webhook SET consecutive_failures = counted.failures
       FROM unnest($1::text[], $2::int[], $3::int[]) AS counted (id, failures, since)
       WHERE webhook.id = counted.id AND webhook.status = 'active' AND webhook.failures_since_revision = counted.since`,
        [
          changed.map(({ row }) => row.id),
          changed.map(({ health }) => health.consecutiveFailures),
          changed.map(({ row }) => row.failuresSinceRevision),
        ],
      ),
    );
  }

  /** Nothing is to be decided, and whatever is to be told has been told by this process. */
  private isToldOfAlready(row: WebhookRow, health: WebhookHealth): boolean {
    if (row.status === 'active' ? afterFailures(health, row.autoPause) !== null : isBack(row, health)) return false;
    return notesOf(row, health).every(({ about }) => this.told.has(`${row.id} ${about}`));
  }

  private async look(row: WebhookRow, health: WebhookHealth): Promise<void> {
    const isChanged = await asAccount(this.database, row.accountId, async (manager) => {
      return row.status === 'active' ? this.failed(manager, row, health) : this.probed(manager, row, health);
    });
    if (this.told.size > TOLD_MAX) this.told.clear();
    for (const { about } of notesOf(row, health)) this.told.add(`${row.id} ${about}`);
    // Notifications alone follow with the next sweep.
    if (isChanged) await this.outbox.relay(row.accountId);
  }

  /** An active webhook fails: shows it, tells of it, and ends it where its setting says so. Whether it did. */
  private async failed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<boolean> {
    const { consecutiveFailures } = health;
    if (row.consecutiveFailures !== consecutiveFailures) {
      await manager.update(WebhookRow, { id: row.id }, { consecutiveFailures, updatedAt: row.updatedAt });
    }
    for (const note of notesOf(row, health)) await this.notifications.raise(manager, note);
    const decision = afterFailures(health, row.autoPause);
    if (decision === null) return false;
    // Unless another replica was first.
    const isChanged = await this.changes.update(
      manager,
      { accountId: row.accountId, id: row.id, status: 'active', failuresSinceRevision: row.failuresSinceRevision },
      { ...decision, releaseRatePerSecond: null },
    );
    if (!isChanged) return false;
    await this.notifications.raise(manager, endOf(row, decision));
    const to = { status: decision.status };
    await this.audit.record(manager, row.accountId, `webhook.${decision.status}`, row.id, { status: row.status }, to);
    this.logger.log(`webhook ${row.id}: ${decision.status} (${decision.statusReason})`);
    return true;
  }

  /** A webhook that failures have paused, and whose receiver answered a probe, is active again. Whether it is. */
  private async probed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<boolean> {
    for (const note of notesOf(row, health)) await this.notifications.raise(manager, note);
    if (!isBack(row, health)) return false;
    const isChanged = await this.changes.update(
      manager,
      { accountId: row.accountId, id: row.id, status: 'paused', failuresSinceRevision: row.failuresSinceRevision },
      { status: 'active', statusReason: null, consecutiveFailures: 0, failuresSinceRevision: () => 'revision + 1' },
    );
    if (!isChanged) return false;
    await this.notifications.raise(manager, resumed(row));
    await this.audit.record(manager, row.accountId, 'webhook.resumed', row.id, { status: row.status }, { status: 'active' });
    return true;
  }
}

/** Its receiver has answered a probe. */
function isBack(row: WebhookRow, health: WebhookHealth): boolean {
  const isProbed = row.status === 'paused' && row.statusReason === 'failures' && row.autoPause?.isProbed === true;
  return isProbed && health.consecutiveFailures === 0;
}
