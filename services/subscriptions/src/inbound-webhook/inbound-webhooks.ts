import { createHash, randomBytes } from 'node:crypto';
import { PLANS } from '#libs/api/src/account.dto';
import type { AuditAction } from '#libs/api/src/audit.dto';
import type { CreateInboundWebhookDto, InboundWebhookView, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { MASK } from '#libs/contracts/src/mask';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { assignments, firstRow, insertRow, rows } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { boundTo, Keyring, seal } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { EventTypes } from '../event-type/event-types.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { lockAccountRow, readAccountRow, type AccountRow } from '../state/account.row.js';
import type { InboundWebhookRow } from '../state/inbound-webhook.row.js';
import { inboundProblems } from './inbound-rules.js';

type Changeable = 'name' | 'event' | 'verification' | 'mapping' | 'deleted_at';
/** Columns that a change sets; undefined ones stay as they are. */
type Change = { [Column in Changeable]?: InboundWebhookRow[Column] | undefined };

const TOKEN_BYTES = 32;

/**
 * Inbound webhooks: every change is in force when its method resolves, because ingestion reads the newest state at each
 * request. `publicUrl` is the gateway's public address, with which each URL to post to begins.
 */
@Injectable()
export class InboundWebhooks {
  constructor(
    private readonly database: DataSource,
    private readonly eventTypes: EventTypes,
    private readonly outbox: Outbox,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  /** Answers with the token, which is kept only as a hash. Throws `validation_failed` and `webhook_limit_reached`. */
  async create(accountId: string, body: CreateInboundWebhookDto, publicUrl: string): Promise<InboundWebhookView> {
    const id = newId('in');
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const token_hash = createHash('sha256').update(token).digest('hex');
    const change = await this.changeOf(accountId, id, body);
    const columns = { id, account_id: accountId, token_hash, token_last4: token.slice(-4), ...change };
    const created = await asAccount(this.database, accountId, async (manager) => {
      await refuseTooMany(manager, await lockAccountRow(manager, accountId));
      const row = await insertRow<InboundWebhookRow>(manager, 'subscriptions.inbound_webhooks', columns);
      await this.outbox.enqueue(manager, 'inbound_webhook', accountId, id);
      await this.audit.record(manager, accountId, 'inbound_webhook.created', id, null, audited(row));
      const answer = { ...inboundWebhookView(row, publicUrl), url: `${publicUrl}/in/${token}` };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(accountId);
    return created;
  }

  /** Throws `inbound_webhook_not_found`, for another account's too. */
  get(accountId: string, id: string, publicUrl: string): Promise<InboundWebhookView> {
    return asAccount(this.database, accountId, async (manager) =>
      inboundWebhookView(found(await firstRow<InboundWebhookRow>(manager, SELECT, [accountId, id]), id), publicUrl),
    );
  }

  /** Newest first. */
  async list(accountId: string, query: PageQuery, publicUrl: string): Promise<Page<InboundWebhookView>> {
    const list = {
      scope: ['inbound_webhooks', accountId],
      select: 'SELECT * FROM subscriptions.inbound_webhooks WHERE account_id = $1 AND deleted_at IS NULL',
      params: [accountId],
    };
    const page = await asAccount(this.database, accountId, (manager) => readPage<InboundWebhookRow>(manager, list, query));
    return mapPage(page, (row) => inboundWebhookView(row, publicUrl));
  }

  /** Throws `inbound_webhook_not_found` and `validation_failed`. */
  async update(accountId: string, id: string, body: UpdateInboundWebhookDto, publicUrl: string): Promise<InboundWebhookView> {
    const change = await this.changeOf(accountId, id, body);
    return this.change(accountId, id, 'inbound_webhook.updated', change, publicUrl);
  }

  /** Refuses posts to its URL from now on. Throws `inbound_webhook_not_found`. */
  async delete(accountId: string, id: string): Promise<void> {
    await this.change(accountId, id, 'inbound_webhook.deleted', { deleted_at: new Date() }, '');
  }

  /** Deletes all inbound webhooks of an account within the caller's transaction. The caller relays after it. */
  async deleteAll(manager: EntityManager, accountId: string, deletedAt: Date): Promise<void> {
    const deleted = await rows<{ id: string }>(
      manager,
      `UPDATE subscriptions.inbound_webhooks SET deleted_at = $2, revision = revision + 1, updated_at = now()
       WHERE account_id = $1 AND deleted_at IS NULL RETURNING id`,
      [accountId, deletedAt],
    );
    for (const { id } of deleted) await this.outbox.enqueue(manager, 'inbound_webhook', accountId, id);
  }

  /** Throws `validation_failed`. */
  private async changeOf(accountId: string, id: string, body: UpdateInboundWebhookDto): Promise<Change> {
    const account = await readAccountRow(this.database, accountId);
    const errors = inboundProblems(body, await this.eventTypes.catalog(account));
    if (errors.length > 0) throw Problem.invalid(...errors);
    const { name, event, verification, mapping } = body;
    return { name, event, mapping, verification: verification && this.sealed(account, id, verification) };
  }

  private sealed(
    account: AccountRow,
    id: string,
    { scheme, header, secret }: NonNullable<CreateInboundWebhookDto['verification']>,
  ): InboundWebhookRow['verification'] {
    const dataKey = this.keyring.unwrap(account.data_key);
    return {
      scheme,
      header: scheme === 'standard' ? null : header!,
      secret: seal(dataKey, secret, boundTo(account.id, id, 'verification')),
    };
  }

  private async change(
    accountId: string,
    id: string,
    action: AuditAction,
    change: Change,
    publicUrl: string,
  ): Promise<InboundWebhookView> {
    const changed = await asAccount(this.database, accountId, async (manager) => {
      const row = found(await firstRow<InboundWebhookRow>(manager, `${SELECT} FOR UPDATE`, [accountId, id]), id);
      const params: unknown[] = [accountId, id];
      const sets = [...assignments({ ...change }, params), 'revision = revision + 1', 'updated_at = now()'];
      const updated = await firstRow<InboundWebhookRow>(
        manager,
        `UPDATE subscriptions.inbound_webhooks SET ${sets.join(', ')} WHERE account_id = $1 AND id = $2 RETURNING *`,
        params,
      );
      const after = found(updated, id);
      await this.outbox.enqueue(manager, 'inbound_webhook', accountId, id);
      await this.audit.record(manager, accountId, action, id, audited(row), after.deleted_at === null ? audited(after) : null);
      return inboundWebhookView(after, publicUrl);
    });
    await this.outbox.relay(accountId);
    return changed;
  }
}

const SELECT = 'SELECT * FROM subscriptions.inbound_webhooks WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL';
const COUNT = 'SELECT count(*)::int AS count FROM subscriptions.inbound_webhooks WHERE account_id = $1 AND deleted_at IS NULL';

function found(inbound: InboundWebhookRow | null, id: string): InboundWebhookRow {
  if (inbound) return inbound;
  throw new Problem('inbound_webhook_not_found', `There is no inbound webhook ${id}.`);
}

async function refuseTooMany(manager: EntityManager, { id, plan }: AccountRow): Promise<void> {
  const { webhooks: limit } = PLANS[plan];
  const counted = await firstRow<{ count: number }>(manager, COUNT, [id]);
  if (counted!.count < limit) return;
  const detail = `The ${plan} plan allows ${limit} inbound webhooks. Delete one, or change the plan.`;
  throw new Problem('webhook_limit_reached', detail);
}

/** View that the audit log compares. It includes the sealed secret: a new secret shows as a change of `verification`. */
function audited(row: InboundWebhookRow): object {
  return { ...inboundWebhookView(row, ''), verification: row.verification };
}

function inboundWebhookView(row: InboundWebhookRow, publicUrl: string): InboundWebhookView {
  const { id, name, event, verification, mapping } = row;
  return {
    id,
    name,
    event,
    url: `${publicUrl}/in/${MASK}${row.token_last4}`,
    verification: verification && { scheme: verification.scheme, header: verification.header },
    mapping,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
