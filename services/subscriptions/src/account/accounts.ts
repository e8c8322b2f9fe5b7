import type { AccountView, CreateAccountDto, CreatedAccountView, UpdateAccountDto } from '#libs/api/src/account.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { LOG_DAYS_MAX } from '#libs/contracts/src/log-days';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { changedRows, firstRow, insertRow, rows } from '#libs/postgres/src/rows';
import { Keyring, type WrappedKey } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ApiKeys } from '../api-key/api-keys.js';
import { AuditLog } from '../audit/audit-log.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { InboundWebhooks } from '../inbound-webhook/inbound-webhooks.js';
import { Outbox } from '../outbox/outbox.js';
import { lockAccountRow, readAccountRow, type AccountRow } from '../state/account.row.js';
import { WebhookChanges } from '../webhook/webhook-changes.js';

/** Accounts, for the operator. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: DataSource,
    private readonly keys: ApiKeys,
    private readonly outbox: Outbox,
    private readonly webhooks: WebhookChanges,
    private readonly inboundWebhooks: InboundWebhooks,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  async create(body: CreateAccountDto): Promise<CreatedAccountView> {
    const id = newId('acc');
    const { name, profile, plan = 'standard', log_days = LOG_DAYS_MAX } = body;
    const data_key = this.keyring.newDataKey();
    const created = await asEveryone(this.database, async (manager) => {
      const row = { id, name, profile, plan, schema_mode: 'reject', log_days, data_key };
      const view = accountView(await insertRow<AccountRow>(manager, 'subscriptions.accounts', row));
      const { key } = await this.keys.insert(manager, id, { name: 'First key', scopes: ['*'] });
      await this.outbox.enqueue(manager, 'account', id, id);
      await this.audit.record(manager, id, 'account.created', id, null, view);
      const answer = { ...view, api_key: key };
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(id);
    return created;
  }

  /** Throws an Error that names a key that TIDINGS_KEK lacks or has changed: nothing sealed under it could be opened. */
  async checkKeys(): Promise<void> {
    const wrapped = await asEveryone(this.database, (manager) =>
      rows<{ data_key: WrappedKey }>(
        manager,
        `SELECT DISTINCT ON (data_key ->> 'kekId') data_key FROM subscriptions.accounts WHERE deleted_at IS NULL`,
      ),
    );
    for (const { data_key: dataKey } of wrapped) this.keyring.unwrap(dataKey);
  }

  /** Throws `account_not_found`. */
  async get(id: string): Promise<AccountView> {
    return accountView(await readAccountRow(this.database, id));
  }

  /** Newest first. */
  async list(query: PageQuery): Promise<Page<AccountView>> {
    const select = 'SELECT * FROM subscriptions.accounts WHERE deleted_at IS NULL';
    const list = { scope: ['accounts'], select, params: [] };
    const page = await asEveryone(this.database, (manager) => readPage<AccountRow>(manager, list, query));
    return mapPage(page, accountView);
  }

  /** Throws `account_not_found`. */
  async update(id: string, body: UpdateAccountDto): Promise<AccountView> {
    const view = await asAccount(this.database, id, async (manager) => {
      const row = await lockAccountRow(manager, id);
      const { name = row.name, plan = row.plan, schema_mode = row.schema_mode, log_days = row.log_days } = body;
      const updated = await firstRow<AccountRow>(
        manager,
        `UPDATE subscriptions.accounts
         SET name = $2, plan = $3, schema_mode = $4, log_days = $5, revision = revision + 1, updated_at = now()
         WHERE id = $1 RETURNING *`,
        [id, name, plan, schema_mode, log_days],
      );
      await this.outbox.enqueue(manager, 'account', id, id);
      const changed = accountView(updated!);
      await this.audit.record(manager, id, 'account.updated', id, accountView(row), changed);
      return changed;
    });
    await this.outbox.relay(id);
    return view;
  }

  /** Ends its keys and webhooks at once. The log keeps its events until their retention is over. Throws `account_not_found`. */
  async delete(id: string): Promise<void> {
    await asAccount(this.database, id, async (manager) => {
      const row = await lockAccountRow(manager, id);
      const deletedAt = new Date();
      await changedRows(
        manager,
        'UPDATE subscriptions.accounts SET deleted_at = $2, revision = revision + 1, updated_at = now() WHERE id = $1',
        [id, deletedAt],
      );
      await this.outbox.enqueue(manager, 'account', id, id);
      await this.webhooks.deleteAll(manager, id, deletedAt);
      await this.inboundWebhooks.deleteAll(manager, id, deletedAt);
      await this.audit.record(manager, id, 'account.deleted', id, accountView(row));
    });
    await this.outbox.relay(id);
  }
}

function accountView(row: AccountRow): AccountView {
  return {
    id: row.id,
    name: row.name,
    profile: row.profile,
    plan: row.plan,
    schema_mode: row.schema_mode,
    log_days: row.log_days,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
