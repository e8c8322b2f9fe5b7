import { HEALTH_BUCKET, type WebhookHealth } from '#libs/contracts/src/webhook-health';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';
import { WebhookRow } from '../webhook/webhook.row.js';
import { afterFailures } from './after-failures.js';

/**
 * Follows what dispatch counts in the health bucket, and acts on it: shows the failures, pauses or disables a webhook whose
 * receiver has failed too often, disables one that answered 410. Every replica follows; of two that decide the same, one
 * changes the row, for it must still be active and of the revision that the failures were counted under.
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
    const manager = this.database.manager;
    const row = await manager.findOneBy(WebhookRow, { id: webhookId, accountId, deletedAt: IsNull() });
    // Counted before the last resume: says nothing of the webhook as it is now.
    if (!row || row.status !== 'active' || health.failuresSinceRevision < row.failuresSinceRevision) return;
    const decision = afterFailures(health, row.autoPause);
    if (decision === null) {
      if (row.consecutiveFailures !== health.consecutiveFailures) {
        await manager.update(
          WebhookRow,
          { id: webhookId },
          { consecutiveFailures: health.consecutiveFailures, updatedAt: row.updatedAt },
        );
      }
      return;
    }
    const isChanged = await this.database.transaction(async (transaction) => {
      const { affected } = await transaction.update(
        WebhookRow,
        { id: webhookId, status: 'active', failuresSinceRevision: row.failuresSinceRevision },
        {
          ...decision,
          consecutiveFailures: health.consecutiveFailures,
          releaseRatePerSecond: null,
          revision: () => 'revision + 1',
        },
      );
      if (affected !== 1) return false;
      await this.outbox.note(transaction, 'webhook', accountId, webhookId);
      return true;
    });
    if (!isChanged) return;
    this.logger.log(`webhook ${webhookId}: ${decision.status} (${decision.statusReason})`);
    await this.outbox.relay(accountId);
  }
}
