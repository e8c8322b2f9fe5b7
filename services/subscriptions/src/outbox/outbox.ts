import type { AccountState } from '#libs/contracts/src/account-state';
import type { NotificationMessage, NotificationType } from '#libs/contracts/src/notification';
import { partitionOf, PARTITIONS, subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asEveryone } from '#libs/postgres/src/database';
import { changedRows, firstRow, rows } from '#libs/postgres/src/rows';
import { crashPoint } from '#libs/service/src/crash-point';
import { Problem } from '#libs/problem/src/problem';
import { every } from '#libs/timing/src/every';
import { RequestError } from '@nats-io/transport-node';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AccountRow } from '../state/account.row.js';
import type { InboundWebhookRow } from '../state/inbound-webhook.row.js';
import { accountState, inboundWebhookState, webhookState } from '../state/states.js';
import type { WebhookRow } from '../state/webhook.row.js';

/** A 503 while JetStream is away must arrive within two seconds. */
const PUBLISH_WITHIN_MS = 1_200;
/** The partition's owner normally answers in milliseconds. */
const APPLY_WITHIN_MS = 2_000;
const SWEEP_EVERY_MS = 1_000;
const SWEEP_PUBLISH_WITHIN_MS = 5_000;
const ENTRIES_MAX = 500;
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
 * Carries changes from PostgreSQL to WEBHOOKS: none is lost and none overtakes another. Call `enqueue` in the transaction of a
 * change, `relay` after it. A sweep relays the entries that a crash leaves behind.
 */
@Injectable()
export class Outbox {
  private readonly logger = new Logger(Outbox.name);
  private stopSweeping: () => void = () => undefined;

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  start(): void {
    this.stopSweeping = every(
      SWEEP_EVERY_MS,
      () => this.sweep(),
      (error) => this.logger.warn(`the outbox could not be relayed, trying again: ${(error as Error).message}`),
    );
  }

  stop(): void {
    this.stopSweeping();
  }

  /** Enqueues a changed subject within the transaction of its change. */
  async enqueue(manager: EntityManager, kind: OutboxEntry['kind'], accountId: string, subjectId: string): Promise<void> {
    await rows(manager, 'INSERT INTO subscriptions.outbox (partition, kind, subject_id) VALUES ($1, $2, $3)', [
      partitionOf(accountId),
      kind,
      subjectId,
    ]);
  }

  /**
   * Publishes an account's changes after their commit. Resolves when the partition's owner has applied the webhooks' states; a
   * partition without an owner needs no wait, because its next owner reads everything first. Throws `unavailable` when
   * JetStream is away, whose entries stay and follow, and when the owner is late: a pause that is answered is in force.
   */
  async relay(accountId: string): Promise<void> {
    crashPoint('subscriptions.committed');
    const partition = partitionOf(accountId);
    try {
      const seq = await this.publishPartition(partition, PUBLISH_WITHIN_MS);
      await this.waitUntilApplied(partition, seq ?? (await this.lastSeq(partition)));
    } catch (error) {
      this.logger.warn(`changes of partition ${partition} are not in force yet: ${(error as Error).message}`);
      throw new Problem('unavailable', 'The change is saved and will be in force in a moment. Ask again to be sure.', {
        retryAfterSeconds: 1,
      });
    }
  }

  /** Publishes a partition's entries, one relay at a time. Returns the sequence of the last webhook's state, null for none. */
  private publishPartition(partition: number, withinMs: number): Promise<number | null> {
    return asEveryone(this.database, async (manager) => {
      await rows(manager, `SET LOCAL lock_timeout = '${withinMs}ms'`);
      await rows(manager, 'SELECT pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, partition]);
      const entries = await rows<OutboxEntry>(
        manager,
        `SELECT seq, kind, subject_id FROM subscriptions.outbox WHERE partition = $1 ORDER BY seq LIMIT ${ENTRIES_MAX}`,
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
        await changedRows(manager, 'DELETE FROM subscriptions.outbox WHERE seq = ANY($1::bigint[])', [
          entries.map(({ seq }) => seq),
        ]);
      return last;
    });
  }

  private async publishAccount(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const account = await rowOf<AccountRow>(manager, 'accounts', id);
    const eventTypes = await rows<AccountState['eventTypes'][number]>(
      manager,
      'SELECT name, schema FROM subscriptions.event_types WHERE account_id = $1 ORDER BY name',
      [id],
    );
    await this.publisher.publish(subjects.account(id), JSON.stringify(accountState(account, eventTypes)), {
      msgId: `${id}:${account.revision}`,
      giveUpAfterMs,
    });
  }

  private async publishNotification(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const row = await firstRow<NotificationRow>(
      manager,
      `SELECT raised.account_id, raised.webhook_id, webhook.name AS webhook_name, raised.type, raised.message, raised.created_at
       FROM subscriptions.notifications raised JOIN subscriptions.webhooks webhook ON webhook.id = raised.webhook_id
       WHERE raised.id = $1`,
      [id],
    );
    if (!row) return;
    const { account_id: accountId, webhook_id: webhookId, type, message, created_at: createdAt } = row;
    const body: NotificationMessage = { v: 1, id, accountId, webhookId, type, message, createdAt: createdAt.toISOString() };
    await this.publisher.publish(subjects.notification(accountId, type), JSON.stringify(body), { msgId: id, giveUpAfterMs });
    // Publishes it as an event too, by the same way as the CRM's events, for webhooks that subscribe to it.
    const event = {
      id,
      timestamp: body.createdAt,
      key: `webhook:${webhookId}`,
      data: { webhook_id: webhookId, webhook_name: row.webhook_name, message, notification_id: id },
    };
    await this.publisher.publish(subjects.ingress(accountId, type), JSON.stringify(event), { msgId: id, giveUpAfterMs });
  }

  private async publishInboundWebhook(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<void> {
    const inbound = await rowOf<InboundWebhookRow>(manager, 'inbound_webhooks', id);
    const account = await rowOf<AccountRow>(manager, 'accounts', inbound.account_id);
    await this.publisher.publish(subjects.inbound(inbound.token_hash), JSON.stringify(inboundWebhookState(inbound, account)), {
      msgId: `${id}:${inbound.revision}`,
      giveUpAfterMs,
    });
  }

  private async publishWebhook(manager: EntityManager, id: string, giveUpAfterMs: number): Promise<number> {
    const webhook = await rowOf<WebhookRow>(manager, 'webhooks', id);
    const account = await rowOf<AccountRow>(manager, 'accounts', webhook.account_id);
    const subject = subjects.webhook(webhook.account_id, id);
    const stored = await this.publisher.publish(subject, JSON.stringify(webhookState(webhook, account)), {
      msgId: `${id}:${webhook.revision}`,
      giveUpAfterMs,
    });
    if (webhook.active_since_ms === null) {
      // Keeps the first state's time here, because later states replace that state in the stream.
      const first = await this.connection.jsm.streams.getMessage('WEBHOOKS', { seq: stored.seq });
      await changedRows(manager, 'UPDATE subscriptions.webhooks SET active_since_ms = $3 WHERE account_id = $1 AND id = $2', [
        webhook.account_id,
        id,
        first?.time.getTime() ?? Date.now(),
      ]);
    }
    return stored.seq;
  }

  private async waitUntilApplied(partition: number, seq: number): Promise<void> {
    try {
      const question = JSON.stringify({ seq });
      const answer = await this.connection.nc.request(subjects.directoryApplied(partition), question, {
        timeout: APPLY_WITHIN_MS,
      });
      if (answer.data.length === 0) throw new Error('the owner could not read it');
    } catch (error) {
      // Nobody owns the partition, so nothing flows.
      if (error instanceof RequestError && error.isNoResponders()) return;
      throw error;
    }
  }

  /** The last webhook's state of a partition. A sweep may have published the change that is waited for. */
  private async lastSeq(partition: number): Promise<number> {
    const last = await this.connection.jsm.streams.getMessage('WEBHOOKS', { last_by_subj: `webhook.${partition}.>` });
    return last?.seq ?? 0;
  }

  private async sweep(): Promise<void> {
    const waiting = await rows<{ partition: number }>(this.database, 'SELECT DISTINCT partition FROM subscriptions.outbox');
    for (const { partition } of waiting)
      if (partition < PARTITIONS) await this.publishPartition(partition, SWEEP_PUBLISH_WITHIN_MS);
  }
}

async function rowOf<Row>(manager: EntityManager, table: 'accounts' | 'webhooks' | 'inbound_webhooks', id: string): Promise<Row> {
  const found = await firstRow<Row>(manager, `SELECT * FROM subscriptions.${table} WHERE id = $1`, [id]);
  if (found === null) throw new Error(`The outbox names ${id}, which is not in subscriptions.${table}: delete its entry.`);
  return found;
}
