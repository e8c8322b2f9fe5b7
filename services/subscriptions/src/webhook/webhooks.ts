import { PLANS } from '#libs/api/src/account.dto';
import type { AuditAction } from '#libs/api/src/audit.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import type {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { profiles } from '#libs/profiles/src/profiles';
import { generateSecret } from '#libs/signing/src/sign-request';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { Accounts } from '../account/accounts.js';
import type { AccountRow } from '../account/account.row.js';
import { AuditLog } from '../audit/audit-log.js';
import { EventTypes } from '../event-type/event-types.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { resolveRetryPolicy } from './retry-policy.js';
import { WebhookChanges, type WebhookChange } from './webhook-changes.js';
import { WebhookRules } from './webhook-rules.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { FAILING_FROM, webhookView } from './webhook-view.js';
import { WebhookRow } from './webhook.row.js';

/** Webhooks: every change is in force when its method resolves. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: Accounts,
    private readonly outbox: Outbox,
    private readonly changes: WebhookChanges,
    private readonly secrets: WebhookSecrets,
    private readonly rules: WebhookRules,
    private readonly eventTypes: EventTypes,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  async create(accountId: string, body: CreateWebhookDto): Promise<WebhookWithSecretView> {
    const { row, secret } = await this.build(accountId, body);
    const created = await asAccount(this.database, accountId, async (manager) => {
      const { plan } = await this.accounts.lockedRow(manager, accountId);
      const count = await manager.countBy(WebhookRow, { accountId, deletedAt: IsNull() });
      if (count >= PLANS[plan].webhooks) {
        throw new Problem(
          'webhook_limit_reached',
          `The ${plan} plan allows ${PLANS[plan].webhooks} webhooks. Delete one, or change the plan.`,
        );
      }
      await this.changes.insert(manager, row);
      const view = webhookView(await manager.findOneByOrFail(WebhookRow, { accountId, id: row.id }));
      await this.audit.record(manager, accountId, 'webhook.created', row.id, null, view);
      const answer = { ...view, secret };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(accountId);
    return created;
  }

  /** The webhook that a body would make, not stored: for creation, and for testing a URL before saving. Throws `validation_failed`. */
  async build(accountId: string, body: CreateWebhookDto): Promise<{ row: WebhookRow; secret: string }> {
    const account = await this.accounts.row(accountId);
    const profile = profiles.get(account.profile)!;
    const id = newId('wh');
    const errors = this.rules.problems(body, await this.eventTypes.catalog(account));
    const headers = this.secrets.sealHeaders(account, id, body.headers ?? {}, null, errors);
    this.rules.refuse(errors);
    const secret = body.secret ?? generateSecret();
    const now = new Date();
    const row: WebhookRow = {
      id,
      accountId,
      revision: 1,
      name: body.name,
      description: body.description ?? null,
      url: body.url,
      events: [...new Set(body.events)],
      status: 'active',
      statusReason: null,
      method: body.method ?? 'POST',
      contentType: body.content_type ?? 'application/json',
      filter: body.filter ?? null,
      dataFields: body.data_fields ?? null,
      maskedFields: body.masked_fields ?? null,
      ...headers,
      retryPolicy: resolveRetryPolicy(body.retry_policy, profile.retryPolicy),
      autoPause:
        body.auto_pause === undefined
          ? profile.autoPause && { ...profile.autoPause, isProbed: false }
          : autoPauseOf(body.auto_pause),
      maxConcurrency: body.max_concurrency ?? null,
      ratePerSecond: body.rate_per_second ?? null,
      releaseRatePerSecond: null,
      secrets: [{ sealed: this.secrets.seal(account, id, 'secret', secret), until: null }],
      secretLast4: secret.slice(-4),
      activeSinceMs: null,
      consecutiveFailures: 0,
      failuresSinceRevision: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    return { row, secret };
  }

  async get(accountId: string, id: string): Promise<WebhookView> {
    return webhookView(await this.row(accountId, id));
  }

  async list(accountId: string, { limit = PAGE_LIMIT_DEFAULT, cursor, status }: ListWebhooksQuery): Promise<Page<WebhookView>> {
    const scope = ['webhooks', accountId, status ?? ''];
    const [createdAt, id] = positionIn(cursor, scope) ?? [];
    const rows = await asAccount(this.database, accountId, (manager) =>
      manager
        .createQueryBuilder(WebhookRow, 'webhook')
        .where('webhook.accountId = :accountId AND webhook.deletedAt IS NULL', { accountId })
        .andWhere(createdAt === undefined ? 'TRUE' : '(webhook.createdAt, webhook.id) < (:createdAt, :id)', { createdAt, id })
        .andWhere(
          status === undefined
            ? 'TRUE'
            : `CASE WHEN webhook.status = 'active' AND webhook.consecutiveFailures >= ${FAILING_FROM} THEN 'error' ELSE webhook.status END IN (:...statuses)`,
          { statuses: status?.split(',') ?? [] },
        )
        .orderBy('webhook.createdAt', 'DESC')
        .addOrderBy('webhook.id', 'DESC')
        .limit(limit + 1)
        .getMany(),
    );
    return pageOf(rows, limit, webhookView, (last) => cursorOf(scope, [last.createdAt.toISOString(), last.id]));
  }

  update(accountId: string, id: string, body: UpdateWebhookDto): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.updated', async (row, account) => {
      const errors = this.rules.problems(body, await this.eventTypes.catalog(account));
      const headers = body.headers === undefined ? {} : this.secrets.sealHeaders(account, id, body.headers, row, errors);
      this.rules.refuse(errors);
      return {
        ...headers,
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.url === undefined ? {} : { url: body.url }),
        ...(body.events === undefined ? {} : { events: [...new Set(body.events)] }),
        ...(body.method === undefined ? {} : { method: body.method }),
        ...(body.content_type === undefined ? {} : { contentType: body.content_type }),
        ...(body.filter === undefined ? {} : { filter: body.filter as WebhookChange['filter'] }),
        ...(body.data_fields === undefined ? {} : { dataFields: body.data_fields }),
        ...(body.masked_fields === undefined ? {} : { maskedFields: body.masked_fields }),
        ...(body.retry_policy === undefined ? {} : { retryPolicy: resolveRetryPolicy(body.retry_policy, row.retryPolicy) }),
        ...(body.auto_pause === undefined ? {} : { autoPause: autoPauseOf(body.auto_pause) }),
        ...(body.max_concurrency === undefined ? {} : { maxConcurrency: body.max_concurrency }),
        ...(body.rate_per_second === undefined ? {} : { ratePerSecond: body.rate_per_second }),
        ...(body.secret === undefined
          ? {}
          : {
              secrets: [{ sealed: this.secrets.seal(account, id, 'secret', body.secret), until: null }],
              secretLast4: body.secret.slice(-4),
            }),
      };
    });
  }

  async delete(accountId: string, id: string): Promise<void> {
    await this.change(accountId, id, 'webhook.deleted', () => ({ deletedAt: new Date() }));
  }

  pause(accountId: string, id: string): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.paused', (row) => {
      if (row.status === 'disabled') throw new Problem('conflict', 'A disabled webhook cannot be paused. Resume it first.');
      // One that failures have paused stays so, with its reason.
      return row.status === 'paused' ? null : { status: 'paused', statusReason: 'by_user', releaseRatePerSecond: null };
    });
  }

  /** Patterns that name something in the account's catalog. Throws `validation_failed`, as for a webhook's own. */
  async checkEvents(accountId: string, events: string[]): Promise<void> {
    const account = await this.accounts.row(accountId);
    this.rules.refuse(this.rules.problems({ events }, await this.eventTypes.catalog(account)));
  }

  /** Back to active, from paused or disabled; failures are counted from zero again. */
  resume(accountId: string, id: string, { rate_per_second }: ResumeWebhookDto): Promise<WebhookView> {
    return this.change(accountId, id, 'webhook.resumed', () => ({
      status: 'active',
      statusReason: null,
      consecutiveFailures: 0,
      failuresSinceRevision: () => 'revision + 1',
      releaseRatePerSecond: rate_per_second ?? null,
    }));
  }

  /** A new secret; the one before it signs as well until the overlap is over. */
  async rotateSecret(
    accountId: string,
    id: string,
    { secret = generateSecret(), overlap_seconds = 86_400 }: RotateSecretDto,
  ): Promise<WebhookWithSecretView> {
    const until = new Date(Date.now() + overlap_seconds * 1000).toISOString();
    const rotate = (row: WebhookRow, account: AccountRow): WebhookChange => {
      const previous = row.secrets.slice(0, 1).map(({ sealed }) => ({ sealed, until }));
      return {
        secrets: [
          { sealed: this.secrets.seal(account, id, 'secret', secret), until: null },
          ...(overlap_seconds > 0 ? previous : []),
        ],
        secretLast4: secret.slice(-4),
      };
    };
    const view = await this.change(accountId, id, 'webhook.secret_rotated', rotate, (changed) => ({ ...changed, secret }));
    return { ...view, secret };
  }

  /** Throws `webhook_not_found`; another account's webhook is not found either. */
  row(accountId: string, id: string): Promise<WebhookRow> {
    return asAccount(this.database, accountId, async (manager) =>
      found(await manager.findOneBy(WebhookRow, { accountId, id, deletedAt: IsNull() })),
    );
  }

  /**
   * Changes a webhook as `decide` says of it as it is, null: not at all. The row is locked, so that of two changes at once the
   * second decides on what the first has made. `answerOf` is what a repeated request is answered with.
   */
  private async change(
    accountId: string,
    id: string,
    action: AuditAction,
    decide: (row: WebhookRow, account: AccountRow) => WebhookChange | null | Promise<WebhookChange | null>,
    answerOf: (view: WebhookView) => object = (view) => view,
  ): Promise<WebhookView> {
    const account = await this.accounts.row(accountId);
    const changed = await asAccount(this.database, accountId, async (manager) => {
      const where = { accountId, id };
      const lock = { mode: 'pessimistic_write' as const };
      const row = found(await manager.findOne(WebhookRow, { where: { ...where, deletedAt: IsNull() }, lock }));
      const before = webhookView(row);
      const change = await decide(row, account);
      if (change === null) return before;
      await this.changes.update(manager, where, change);
      const after = webhookView(await manager.findOneByOrFail(WebhookRow, where));
      await this.audit.record(manager, accountId, action, id, before, change.deletedAt === undefined ? after : null);
      await this.idempotency.remember(manager, answerOf(after));
      return after;
    });
    await this.outbox.relay(accountId);
    return changed;
  }
}

function found(row: WebhookRow | null): WebhookRow {
  if (row) return row;
  throw new Problem('webhook_not_found', 'There is no such webhook.');
}

function autoPauseOf(asked: CreateWebhookDto['auto_pause']): WebhookRow['autoPause'] {
  return asked ? { afterFailures: asked.after_failures, action: asked.action, isProbed: asked.probe ?? false } : null;
}
