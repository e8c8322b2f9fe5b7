import { HEALTH_BUCKET, type WebhookHealth } from '#libs/contracts/src/webhook-health';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';
import { WebhookRow } from '../webhook/webhook.row.js';
import { Notifications } from '../notification/notifications.js';
import { afterFailures } from './after-failures.js';
import { endOf, notesOf, resumed } from './notes.js';

/**
 * Follows what dispatch counts in the health bucket, and acts on it: shows the failures, tells of them, pauses or disables a
 * webhook whose receiver has failed too often, disables one that answered 410, resumes one whose receiver answers a probe.
 * Every replica follows; of two that decide the same, one changes the row, for it must still have the status and the count
 * that the failures were counted under.
 */
@Injectable()
export class HealthWatch {
  private readonly logger = new Logger(HealthWatch.name);
  /** The newest health of each webhook that waits to be looked at; one look at a time. */
  private readonly pending = new Map<string, WebhookHealth>();
  private isWorking = false;
  private stopFollowing: () => void = () => undefined;

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly outbox: Outbox,
    private readonly notifications: Notifications,
  ) {}

  async start(): Promise<void> {
    const { stop } = await follow(this.connection.js, {
      stream: `KV_${HEALTH_BUCKET}`,
      filters: [`$KV.${HEALTH_BUCKET}.>`],
      onMessage: ({ subject, body }) => {
        if (body.length === 0) return;
        this.pending.set(subject, JSON.parse(Buffer.from(body).toString()) as WebhookHealth);
        if (!this.isWorking) void this.work();
      },
    });
    this.stopFollowing = stop;
  }

  stop(): void {
    this.stopFollowing();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    for (const [subject, health] of this.pending) {
      this.pending.delete(subject);
      const [, , , accountId = '', webhookId = ''] = subject.split('.');
      await this.look(accountId, webhookId, health).catch((error: Error) => {
        this.logger.warn(`the health of ${webhookId} could not be looked at yet: ${error.message}`);
        // Again with the next second, unless something newer has come.
        setTimeout(() => {
          if (!this.pending.has(subject)) this.pending.set(subject, health);
          if (!this.isWorking) void this.work();
        }, 1_000).unref();
      });
    }
    this.isWorking = false;
  }

  private async look(accountId: string, webhookId: string, health: WebhookHealth): Promise<void> {
    const row = await this.database.manager.findOneBy(WebhookRow, { id: webhookId, accountId, deletedAt: IsNull() });
    // Counted before the last resume: says nothing of the webhook as it is now.
    if (!row || health.failuresSinceRevision < row.failuresSinceRevision) return;
    const isChanged = await this.database.transaction(async (manager) => {
      const change = row.status === 'active' ? await this.failed(manager, row, health) : await this.probed(manager, row, health);
      if (change !== null) await this.outbox.note(manager, 'webhook', accountId, webhookId);
      return change !== null;
    });
    // Notifications alone follow with the next sweep.
    if (isChanged) await this.outbox.relay(accountId);
  }

  /** An active webhook fails: shows it, tells of it, and ends it where its setting says so. Returns its new status, null: it goes on. */
  private async failed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<string | null> {
    const { consecutiveFailures } = health;
    if (row.consecutiveFailures !== consecutiveFailures) {
      await manager.update(WebhookRow, { id: row.id }, { consecutiveFailures, updatedAt: row.updatedAt });
    }
    for (const note of notesOf(row, health)) await this.notifications.note(manager, note);
    const decision = afterFailures(health, row.autoPause);
    if (decision === null) return null;
    const { affected } = await manager.update(
      WebhookRow,
      { id: row.id, status: 'active', failuresSinceRevision: row.failuresSinceRevision },
      { ...decision, releaseRatePerSecond: null, revision: () => 'revision + 1' },
    );
    // Another replica was first.
    if (affected !== 1) return null;
    await this.notifications.note(manager, endOf(row, decision));
    this.logger.log(`webhook ${row.id}: ${decision.status} (${decision.statusReason})`);
    return decision.status;
  }

  /** A webhook that failures have paused, and whose receiver answered a probe, is active again. */
  private async probed(manager: EntityManager, row: WebhookRow, health: WebhookHealth): Promise<string | null> {
    for (const note of notesOf(row, { ...health, consecutiveFailures: 0, exhausted: 0 }))
      await this.notifications.note(manager, note);
    const isBack = row.statusReason === 'failures' && row.autoPause?.isProbed && health.consecutiveFailures === 0;
    if (!isBack || row.status !== 'paused') return null;
    const { affected } = await manager.update(
      WebhookRow,
      { id: row.id, status: 'paused', failuresSinceRevision: row.failuresSinceRevision },
      {
        status: 'active',
        statusReason: null,
        consecutiveFailures: 0,
        failuresSinceRevision: () => 'revision + 1',
        revision: () => 'revision + 1',
      },
    );
    if (affected !== 1) return null;
    await this.notifications.note(manager, resumed(row));
    return 'active';
  }
}
