import { PLANS } from '#libs/api/src/account.dto';
import type { AuditAction } from '#libs/api/src/audit.dto';
import type { Page } from '#libs/api/src/page.dto';
import type {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import { DAY_MS, SECOND_MS } from '#libs/contracts/src/time';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { generateSecret } from '#libs/signing/src/sign-request';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { EventTypes } from '../event-type/event-types.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { lockAccountRow, readAccountRow, type AccountRow } from '../state/account.row.js';
import type { WebhookRow } from '../state/webhook.row.js';
import { WebhookBuilder } from './webhook-builder.js';
import { WebhookChanges, type WebhookChange } from './webhook-changes.js';
import { webhookView } from './webhook-view.js';

/** Webhooks: every change is in force when its method resolves. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
    private readonly changes: WebhookChanges,
    private readonly builder: WebhookBuilder,
    private readonly eventTypes: EventTypes,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  /** Throws `validation_failed` and `webhook_limit_reached`. */
  async create(accountId: string, body: CreateWebhookDto): Promise<WebhookWithSecretView> {
    const account = await readAccountRow(this.database, accountId);
    const { webhook, secret } = this.builder.build(account, body, await this.eventTypes.catalog(account));
    const created = await asAccount(this.database, accountId, async (manager) => {
      await refuseTooMany(manager, await lockAccountRow(manager, accountId));
      const view = webhookView(await this.changes.insert(manager, webhook));
      await this.audit.record(manager, accountId, 'webhook.created', view.id, null, view);
      const answer = { ...view, secret };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(accountId);
    return created;
  }

  /** Throws `webhook_not_found`. */
  async get(accountId: string, id: string): Promise<WebhookView> {
    return webhookView(await this.row(accountId, id));
  }

  /** Newest first. */
  async list(accountId: string, { status, ...query }: ListWebhooksQuery): Promise<Page<WebhookView>> {
    const list = {
      scope: ['webhooks', accountId, status ?? ''],
      select: `
        SELECT * FROM subscriptions.webhooks WHERE account_id = $1 AND deleted_at IS NULL AND ($2::text[] IS NULL OR
          CASE WHEN status = 'active' AND exhausted > 0 THEN 'error' ELSE status END = ANY($2))`,
      params: [accountId, status?.split(',') ?? null],
    };
    const page = await asAccount(this.database, accountId, (manager) => readPage<WebhookRow>(manager, list, query));
    return mapPage(page, webhookView);
  }

  /** Throws `webhook_not_found` and `validation_failed`. */
  update(accountId: string, id: string, body: UpdateWebhookDto): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.updated', async (row, account) =>
      this.builder.changeOf(account, row, body, await this.eventTypes.catalog(account)),
    );
  }

  /** Throws `webhook_not_found`. */
  async delete(accountId: string, id: string): Promise<void> {
    await this.change(accountId, id, 'webhook.deleted', () => ({ deleted_at: new Date() }));
  }

  /** Throws `webhook_not_found`, and `conflict` for a disabled webhook. */
  pause(accountId: string, id: string): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.paused', (row) => {
      if (row.status === 'disabled') throw new Problem('conflict', 'A disabled webhook cannot be paused. Resume it first.');
      // A webhook that failures have paused keeps that reason.
      return row.status === 'paused' ? null : { status: 'paused', status_reason: 'by_user', release_rate_per_second: null };
    });
  }

  /** Makes a paused or disabled webhook active again and counts failures from zero. Throws `webhook_not_found`. */
  resume(accountId: string, id: string, { rate_per_second }: ResumeWebhookDto): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.resumed', () => ({
      status: 'active',
      status_reason: null,
      restartsCount: true,
      release_rate_per_second: rate_per_second ?? null,
    }));
  }

  /** Sets a new secret. The previous one signs as well until the overlap is over. Throws `webhook_not_found`. */
  async rotateSecret(
    accountId: string,
    id: string,
    { secret = generateSecret(), overlap_seconds = DAY_MS / SECOND_MS }: RotateSecretDto,
  ): Promise<WebhookWithSecretView> {
    const until = new Date(Date.now() + overlap_seconds * SECOND_MS).toISOString();
    const rotate = (row: WebhookRow, account: AccountRow): WebhookChange => {
      const previous = row.secrets.slice(0, 1).map(({ sealed }) => ({ sealed, until }));
      const { secrets, secret_last4 } = this.builder.secretOf(account, id, secret);
      return { secrets: overlap_seconds > 0 ? [...secrets, ...previous] : secrets, secret_last4 };
    };
    const view = await this.change(accountId, id, 'webhook.secret_rotated', rotate, (changed) => ({ ...changed, secret }));
    return { ...view, secret };
  }

  /** Throws `validation_failed` for patterns that match no event type of the account. */
  async checkEvents(accountId: string, events: string[]): Promise<void> {
    const account = await readAccountRow(this.database, accountId);
    this.builder.check({ events }, await this.eventTypes.catalog(account));
  }

  /** Throws `webhook_not_found`, for another account's webhook too. */
  row(accountId: string, id: string): Promise<WebhookRow> {
    return asAccount(this.database, accountId, async (manager) =>
      found(await firstRow<WebhookRow>(manager, SELECT, [accountId, id])),
    );
  }

  /**
   * Changes a webhook by what `decide` returns for its current row; null changes nothing. The row is locked, so the second of
   * two simultaneous changes decides on the result of the first. `answerOf` makes the answer that a repeated request gets.
   */
  private async change(
    accountId: string,
    id: string,
    action: AuditAction,
    decide: (row: WebhookRow, account: AccountRow) => WebhookChange | null | Promise<WebhookChange | null>,
    answerOf: (view: WebhookView) => object = (view) => view,
  ): Promise<WebhookView> {
    const account = await readAccountRow(this.database, accountId);
    const changed = await asAccount(this.database, accountId, async (manager) => {
      const row = found(await firstRow<WebhookRow>(manager, `${SELECT} FOR UPDATE`, [accountId, id]));
      const before = webhookView(row);
      const change = await decide(row, account);
      if (change === null) return before;
      const after = webhookView(found(await this.changes.update(manager, { accountId, id }, change)));
      await this.audit.record(manager, accountId, action, id, before, change.deleted_at === undefined ? after : null);
      await this.idempotency.remember(manager, answerOf(after));
      return after;
    });
    await this.outbox.relay(accountId);
    return changed;
  }
}

const SELECT = 'SELECT * FROM subscriptions.webhooks WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL';
const COUNT = 'SELECT count(*)::int AS count FROM subscriptions.webhooks WHERE account_id = $1 AND deleted_at IS NULL';

function found(webhook: WebhookRow | null): WebhookRow {
  if (webhook) return webhook;
  throw new Problem('webhook_not_found', 'There is no such webhook.');
}

async function refuseTooMany(manager: EntityManager, { id, plan }: AccountRow): Promise<void> {
  const { webhooks: limit } = PLANS[plan];
  const counted = await firstRow<{ count: number }>(manager, COUNT, [id]);
  if (counted!.count < limit) return;
  throw new Problem('webhook_limit_reached', `The ${plan} plan allows ${limit} webhooks. Delete one, or change the plan.`);
}
