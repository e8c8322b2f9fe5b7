import type { AccountView, CreateAccountDto, CreatedAccountView, UpdateAccountDto } from '#libs/api/src/account.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { transact } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Keyring } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { ApiKeys } from '../api-key/api-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { WebhookRow } from '../webhook/webhook.row.js';
import { AccountRow } from './account.row.js';

const SCOPE = ['accounts'];

/** Accounts, for the operator. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: DataSource,
    private readonly keys: ApiKeys,
    private readonly outbox: Outbox,
    private readonly keyring: Keyring,
  ) {}

  async create(body: CreateAccountDto): Promise<CreatedAccountView> {
    const id = newId('acc');
    const { name, profile, plan = 'standard' } = body;
    const dataKey = this.keyring.newDataKey();
    const created = await transact(this.database, async (manager) => {
      await manager.insert(AccountRow, { id, name, profile, plan, schemaMode: 'reject', dataKey, revision: 1 });
      const { key } = await this.keys.create(id, { name: 'First key', scopes: ['*'] }, manager);
      await this.outbox.note(manager, 'account', id, id);
      return { ...viewOf(await manager.findOneByOrFail(AccountRow, { id })), api_key: key };
    });
    await this.outbox.relay(id);
    return created;
  }

  async get(id: string): Promise<AccountView> {
    return viewOf(await this.row(id));
  }

  async list({ limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<AccountView>> {
    const [createdAt, id] = positionIn(cursor, SCOPE) ?? [];
    const rows = await this.database.manager
      .createQueryBuilder(AccountRow, 'account')
      .where('account.deletedAt IS NULL')
      .andWhere(createdAt === undefined ? 'TRUE' : '(account.createdAt, account.id) < (:createdAt, :id)', { createdAt, id })
      .orderBy('account.createdAt', 'DESC')
      .addOrderBy('account.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return pageOf(rows, limit, viewOf, (last) => cursorOf(SCOPE, [last.createdAt.toISOString(), last.id]));
  }

  async update(id: string, body: UpdateAccountDto): Promise<AccountView> {
    const row = await this.row(id);
    const { name = row.name, plan = row.plan, schema_mode: schemaMode = row.schemaMode } = body;
    await transact(this.database, async (manager) => {
      await manager.update(AccountRow, { id }, { name, plan, schemaMode, revision: () => 'revision + 1' });
      await this.outbox.note(manager, 'account', id, id);
    });
    await this.outbox.relay(id);
    return this.get(id);
  }

  /** Its keys end at once, its webhooks get nothing more; what was logged stays until its time is over. */
  async delete(id: string): Promise<void> {
    await this.row(id);
    await transact(this.database, async (manager) => {
      const deletedAt = new Date();
      await manager.update(AccountRow, { id }, { deletedAt, revision: () => 'revision + 1' });
      await this.outbox.note(manager, 'account', id, id);
      const webhooks = await manager.find(WebhookRow, { where: { accountId: id, deletedAt: IsNull() }, select: { id: true } });
      await manager.update(WebhookRow, { accountId: id, deletedAt: IsNull() }, { deletedAt, revision: () => 'revision + 1' });
      for (const webhook of webhooks) await this.outbox.note(manager, 'webhook', id, webhook.id);
    });
    await this.outbox.relay(id);
  }

  /** Throws `account_not_found`. */
  async row(id: string): Promise<AccountRow> {
    const row = await this.database.manager.findOneBy(AccountRow, { id, deletedAt: IsNull() });
    if (!row) throw new Problem('account_not_found', `There is no account ${id}.`);
    return row;
  }
}

function viewOf(row: AccountRow): AccountView {
  return {
    id: row.id,
    name: row.name,
    profile: row.profile,
    plan: row.plan,
    schema_mode: row.schemaMode,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
