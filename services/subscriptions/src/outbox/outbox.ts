import type { NotificationMessage, NotificationType } from '#libs/contracts/src/notification';
import { partitionOf, PARTITIONS, subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asEveryone } from '#libs/postgres/src/database';
import { crashPoint } from '#libs/service/src/crash-point';
import { Problem } from '#libs/problem/src/problem';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AccountRow } from '../account/account.row.js';
import type { AccountState } from '#libs/contracts/src/account-state';
import { InboundWebhookRow } from '../inbound-webhook/inbound-webhook.row.js';
import { accountState, inboundWebhookState, webhookState } from './states.js';
import { WebhookRow } from '../webhook/webhook.row.js';

/** A change must be in JetStream before its answer; a client waits at most two seconds for that. */
const PUBLISH_WITHIN_MS = 1_200;
/** The owner of the partition normally answers in milliseconds. */
const APPLY_WITHIN_MS = 1_000;
const SWEEP_EVERY_MS = 1_000;
const LOCK_CLASS = 7_140_932;

interface OutboxEntry {
  seq: string;
  kind: 'account' | 'webhook' | 'inbound_webhook' | 'notification';
  subject_id: string;
}

interface NotificationRow {
  account_id: string;
  webhook_id: string;
  webhook_name: string;
  type: NotificationType;
  message: string;
  created_at: Date;
}

/**
 * Carries changes from PostgreSQL to WEBHOOKS, so that none is lost and none overtakes another: `note` in the transaction
 * of a change, `relay` after it. What a crash leaves behind is relayed by a sweep.
 */
@Injectable()
export class Outbox {
  private readonly logger = new Logger(Outbox.name);
  private timer: NodeJS.Timeout;
  private isSweeping = false;

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Within the transaction of the change. */
  async enqueue(manager: EntityManager, kind: OutboxEntry['kind'], accountId: string, subjectId: string): Promise<void> {
    await manager.query('INSERT INTO subscriptions.outbox (partition, kind, subject_id) VALUES ($1, $2, $3)', [
      partitionOf(accountId),
      kind,
      subjectId,
    ]);
  }

  /**
   * After the commit: resolves when the account's changes are in JetStream and, for webhooks, in force at the owner of the
   * partition (where it has none, the next one reads everything first). Throws `unavailable` when JetStream does not take
   * them now; they stay noted, and follow.
   */
  async relay(accountId: string): Promise<void> {
    crashPoint('subscriptions.committed');
    const partition = partitionOf(accountId);
    const seq = await this.publishPartition(partition, PUBLISH_WITHIN_MS).catch((error: unknown) => {
      this.logger.warn(`changes of partition ${partition} are not published yet: ${(error as Error).message}`);
      throw new Problem('unavailable', 'The change is saved and will be in force as soon as NATS answers again.', {
        retryAfterSeconds: 1,
      });
    });
    if (seq !== null) await this.waitUntilApplied(partition, seq);
  }

  /** Publishes what is noted for a partition, one relay at a time; returns the sequence of the last webhook's state, null for none. */
  private publishPartition(partition: number, withinMs: number): Promise<number | null> {
    return asEveryone(this.database, async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = '${withinMs}ms'`);
      await manager.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, partition]);
      const entries: OutboxEntry[] = await manager.query(
        'SELECT seq, kind, subject_id FROM subscriptions.outbox WHERE partition = $1 ORDER BY seq LIMIT 500',
        [partition],
      );
      let last: number | null = null;
      for (const id of new Set(entries.map(({ kind, subject_id }) => `${kind} ${subject_id}`))) {
        const [kind, subjectId] = id.split(' ') as [OutboxEntry['kind'], string];
        if (kind === 'account') await this.publishAccount(manager, subjectId, withinMs);
        else if (kind === 'notification') await this.publishNotification(manager, subjectId, withinMs);
        else if (kind === 'inbound_webhook') await this.publishInboundWebhook(manager, subjectId, withinMs);
        else last = Math.max(last ?? 0, await this.publishWebhook(manager, subjectId, withinMs));
      }
      crashPoint('subscriptions.published');
      if (entries.length > 0)
        await manager.query('DELETE FROM subscriptions.outbox WHERE seq = ANY($1::bigint[])', [entries.map(({ seq }) => seq)]);
      return last;
    });
  }

  private async publishAccount(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const row = await manager.findOneByOrFail(AccountRow, { id });
    const eventTypes: AccountState['eventTypes'] = await manager.query(
      'SELECT name, schema FROM subscriptions.event_types WHERE account_id = $1 ORDER BY name',
      [id],
    );
    await this.publisher.publish(subjects.account(id), JSON.stringify(accountState(row, eventTypes)), {
      msgId: `${id}:${row.revision}`,
      giveUpAfterMs,
    });
  }

  private async publishNotification(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const [row]: NotificationRow[] = await manager.query(
      `SELECT note.account_id, note.webhook_id, webhook.name AS webhook_name, note.type, note.message, note.created_at
       FROM subscriptions.notifications note JOIN subscriptions.webhooks webhook ON webhook.id = note.webhook_id
       WHERE note.id = $1`,
      [id],
    );
    if (!row) return;
    const { account_id: accountId, webhook_id: webhookId, type, message, created_at: createdAt } = row;
    const body: NotificationMessage = { v: 1, id, accountId, webhookId, type, message, createdAt: createdAt.toISOString() };
    await this.publisher.publish(subjects.notification(accountId, type), JSON.stringify(body), { msgId: id, giveUpAfterMs });
    // And as an event, through the same door as the CRM's: for webhooks that subscribe to it.
    const event = {
      id,
      timestamp: body.createdAt,
      key: `webhook:${webhookId}`,
      data: { webhook_id: webhookId, webhook_name: row.webhook_name, message, notification_id: id },
    };
    await this.publisher.publish(subjects.ingress(accountId, type), JSON.stringify(event), { msgId: id, giveUpAfterMs });
  }

  private async publishInboundWebhook(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const row = await manager.findOneByOrFail(InboundWebhookRow, { id });
    const account = await manager.findOneByOrFail(AccountRow, { id: row.accountId });
    await this.publisher.publish(subjects.inbound(row.tokenHash), JSON.stringify(inboundWebhookState(row, account)), {
      msgId: `${id}:${row.revision}`,
      giveUpAfterMs,
    });
  }

  private async publishWebhook(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<number> {
    const row = await manager.findOneByOrFail(WebhookRow, { id });
    const account = await manager.findOneByOrFail(AccountRow, { id: row.accountId });
    const stored = await this.publisher.publish(subjects.webhook(row.accountId, id), JSON.stringify(webhookState(row, account)), {
      msgId: `${id}:${row.revision}`,
      giveUpAfterMs,
    });
    if (row.activeSinceMs === null) {
      // Later states take this one's place in the stream, so its time is kept here.
      const first = await this.connection.jsm.streams.getMessage('WEBHOOKS', { seq: stored.seq });
      await manager.update(
        WebhookRow,
        { id },
        { activeSinceMs: String(first?.time.getTime() ?? Date.now()), updatedAt: row.updatedAt },
      );
    }
    return stored.seq;
  }

  private async waitUntilApplied(partition: number, seq: number): Promise<void> {
    await this.connection.nc
      .request(subjects.directoryApplied(partition), JSON.stringify({ seq }), { timeout: APPLY_WITHIN_MS })
      // Nobody owns the partition, so nothing flows; or its owner is slow, which the answer need not wait for.
      .catch(() => undefined);
  }

  private async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      const rows: { partition: number }[] = await this.database.query('SELECT DISTINCT partition FROM subscriptions.outbox');
      for (const { partition } of rows) if (partition < PARTITIONS) await this.publishPartition(partition, 5_000);
    } catch (error) {
      this.logger.warn(`what is noted could not be relayed: ${(error as Error).message}`);
    } finally {
      this.isSweeping = false;
    }
  }
}
