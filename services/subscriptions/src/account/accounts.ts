import type {
  AccountView,
  CreateAccountDto,
  CreatedAccountView,
  OwnAccountView,
  UpdateAccountDto,
} from '#libs/api/src/account.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { LOG_DAYS_MAX } from '#libs/contracts/src/log-days';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Keyring, type WrappedKey } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { ApiKeys } from '../api-key/api-keys.js';
import { AuditLog } from '../audit/audit-log.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { InboundWebhookRow } from '../inbound-webhook/inbound-webhook.row.js';
import { WebhookChanges } from '../webhook/webhook-changes.js';
import { WebhookRow } from '../webhook/webhook.row.js';
import { AccountRow } from './account.row.js';
import { ownAccountView } from './own-account-view.js';

const SCOPE = ['accounts'];

/** Accounts, for the operator. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: DataSource,
    private readonly keys: ApiKeys,
    private readonly outbox: Outbox,
    private readonly webhooks: WebhookChanges,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  async create(body: CreateAccountDto): Promise<CreatedAccountView> {
    const id = newId('acc');
    const { name, profile, plan = 'standard', log_days: logDays = LOG_DAYS_MAX } = body;
    const dataKey = this.keyring.newDataKey();
    const created = await asEveryone(this.database, async (manager) => {
      await manager.insert(AccountRow, { id, name, profile, plan, schemaMode: 'reject', logDays, dataKey, revision: 1 });
      const { key } = await this.keys.insert(manager, id, { name: 'First key', scopes: ['*'] });
      await this.outbox.enqueue(manager, 'account', id, id);
      const view = accountView(await manager.findOneByOrFail(AccountRow, { id }));
      await this.audit.record(manager, id, 'account.created', id, null, view);
      const answer = { ...view, api_key: key };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(id);
    return created;
  }

  /** Throws an Error that says which key of TIDINGS_KEK is missing or another one: nothing sealed before could be opened. */
  async checkKeys(): Promise<void> {
    const wrapped: { data_key: WrappedKey }[] = await asEveryone(this.database, (manager) =>
      manager.query(`SELECT DISTINCT ON (data_key ->> 'kekId') data_key FROM subscriptions.accounts WHERE deleted_at IS NULL`),
    );
    for (const { data_key: dataKey } of wrapped) this.keyring.unwrap(dataKey);
  }

  async get(id: string): Promise<AccountView> {
    return accountView(await this.row(id));
  }

  /** Reads the key's own account, with how much of its plan is used. */
  async getOwn(id: string): Promise<OwnAccountView> {
    const row = await this.row(id);
    return asAccount(this.database, id, async (manager) => {
      const living = { accountId: id, deletedAt: IsNull() };
      const webhooks = await manager.countBy(WebhookRow, living);
      return ownAccountView(row, { webhooks, inbound_webhooks: await manager.countBy(InboundWebhookRow, living) });
    });
  }

  async list({ limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<AccountView>> {
    const [createdAt, id] = positionIn(cursor, SCOPE) ?? [];
    const rows = await asEveryone(this.database, (manager) =>
      manager
        .createQueryBuilder(AccountRow, 'account')
        .where('account.deletedAt IS NULL')
        .andWhere(createdAt === undefined ? 'TRUE' : '(account.createdAt, account.id) < (:createdAt, :id)', { createdAt, id })
        .orderBy('account.createdAt', 'DESC')
        .addOrderBy('account.id', 'DESC')
        .limit(limit + 1)
        .getMany(),
    );
    return pageOf(rows, limit, accountView, (last) => cursorOf(SCOPE, [last.createdAt.toISOString(), last.id]));
  }

  async update(id: string, body: UpdateAccountDto): Promise<AccountView> {
    const view = await asAccount(this.database, id, async (manager) => {
      const row = await this.lockedRow(manager, id);
      const {
        name = row.name,
        plan = row.plan,
        schema_mode: schemaMode = row.schemaMode,
        log_days: logDays = row.logDays,
      } = body;
      await manager.update(AccountRow, { id }, { name, plan, schemaMode, logDays, revision: () => 'revision + 1' });
      await this.outbox.enqueue(manager, 'account', id, id);
      const changed = accountView(await manager.findOneByOrFail(AccountRow, { id }));
      await this.audit.record(manager, id, 'account.updated', id, accountView(row), changed);
      return changed;
    });
    await this.outbox.relay(id);
    return view;
  }

  /** Its keys end at once, its webhooks get and take nothing more; what was logged stays until its time is over. */
  async delete(id: string): Promise<void> {
    await asAccount(this.database, id, async (manager) => {
      const row = await this.lockedRow(manager, id);
      const deletedAt = new Date();
      await manager.update(AccountRow, { id }, { deletedAt, revision: () => 'revision + 1' });
      await this.outbox.enqueue(manager, 'account', id, id);
      await this.webhooks.deleteAll(manager, id, deletedAt);
      const living = { accountId: id, deletedAt: IsNull() };
      const inbound = await manager.find(InboundWebhookRow, { select: { id: true }, where: living });
      await manager.update(InboundWebhookRow, living, { deletedAt, revision: () => 'revision + 1' });
      for (const one of inbound) await this.outbox.enqueue(manager, 'inbound_webhook', id, one.id);
      await this.audit.record(manager, id, 'account.deleted', id, accountView(row));
    });
    await this.outbox.relay(id);
  }

  /** Throws `account_not_found`. */
  row(id: string): Promise<AccountRow> {
    return asAccount(this.database, id, async (manager) =>
      found(await manager.findOneBy(AccountRow, { id, deletedAt: IsNull() })),
    );
  }

  /** Within a transaction that changes what belongs to the account, so that two of them follow each other. */
  async lockedRow(manager: EntityManager, id: string): Promise<AccountRow> {
    const lock = { mode: 'pessimistic_write' as const };
    return found(await manager.findOne(AccountRow, { where: { id, deletedAt: IsNull() }, lock }));
  }
}

function found(row: AccountRow | null): AccountRow {
  if (row) return row;
  throw new Problem('account_not_found', 'There is no such account.');
}

function accountView(row: AccountRow): AccountView {
  return {
    id: row.id,
    name: row.name,
    profile: row.profile,
    plan: row.plan,
    schema_mode: row.schemaMode,
    log_days: row.logDays,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
