import type { ApiKeyView, CreateApiKeyDto, CreatedApiKeyView, Scope } from '#libs/api/src/api-key.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow, insertRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { lockAccountRow } from '../state/account.row.js';
import { generateKey, hashOf } from './generate-key.js';

interface ApiKeyRow {
  id: string;
  name: string;
  scopes: Scope[];
  expires_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
}

/** API keys: shown once, kept as a hash. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  create(accountId: string, body: CreateApiKeyDto): Promise<CreatedApiKeyView> {
    return asAccount(this.database, accountId, async (manager) => {
      const created = await this.insert(manager, accountId, body);
      const { key: _key, ...view } = created;
      await this.audit.record(manager, accountId, 'api_key.created', created.id, null, view);
      await this.idempotency.remember(manager, created);
      return created;
    });
  }

  /** Creates a key within the caller's transaction. Throws `validation_failed`. */
  async insert(manager: EntityManager, accountId: string, body: CreateApiKeyDto): Promise<CreatedApiKeyView> {
    const expiresAt = body.expires_at === undefined ? null : new Date(body.expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now())
      throw Problem.invalid({ pointer: '/expires_at', detail: 'is in the past: give a time in the future' });
    const { id, key } = generateKey();
    const created = await insertRow<ApiKeyRow>(manager, 'subscriptions.api_keys', {
      id,
      account_id: accountId,
      name: body.name,
      scopes: [...new Set(body.scopes)],
      secret_hash: hashOf(key),
      expires_at: expiresAt,
    });
    return { ...apiKeyView(created), key };
  }

  /** Newest first. */
  async list(accountId: string, query: PageQuery): Promise<Page<ApiKeyView>> {
    const list = {
      scope: ['api_keys', accountId],
      select: 'SELECT * FROM subscriptions.api_keys WHERE account_id = $1',
      params: [accountId],
    };
    const page = await asAccount(this.database, accountId, (manager) => readPage<ApiKeyRow>(manager, list, query));
    return mapPage(page, apiKeyView);
  }

  /** Throws `api_key_not_found`, and `conflict` for the last key that works: without one, the account could make no other. */
  async delete(accountId: string, id: string): Promise<void> {
    await asAccount(this.database, accountId, async (manager) => {
      await lockAccountRow(manager, accountId);
      const deleted = await firstRow<ApiKeyRow>(
        manager,
        'DELETE FROM subscriptions.api_keys WHERE account_id = $1 AND id = $2 RETURNING *',
        [accountId, id],
      );
      if (deleted === null) throw new Problem('api_key_not_found', 'There is no such API key.');
      const isExpired = deleted.expires_at !== null && deleted.expires_at.getTime() <= Date.now();
      if (!isExpired && (await firstRow(manager, ANY_THAT_WORKS, [accountId])) === null)
        throw new Problem('conflict', "This is the account's last key. Create another one first.");
      await this.audit.record(manager, accountId, 'api_key.deleted', id, apiKeyView(deleted));
    });
  }
}

const ANY_THAT_WORKS = `
  SELECT 1 FROM subscriptions.api_keys WHERE account_id = $1 AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`;

function apiKeyView(row: ApiKeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
