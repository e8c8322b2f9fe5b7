import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { PLANS, type PlanName } from '#libs/api/src/account.dto';
import {
  API_KEY_PATTERN,
  type Admission,
  type ApiKeyView,
  type CreateApiKeyDto,
  type CreatedApiKeyView,
  type Scope,
} from '#libs/api/src/api-key.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { ApiKeyRow } from './api-key.row.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

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

  /** Within the transaction that needs it. */
  async insert(manager: EntityManager, accountId: string, body: CreateApiKeyDto): Promise<CreatedApiKeyView> {
    const expiresAt = body.expires_at === undefined ? null : new Date(body.expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
      throw new Problem('validation_failed', 'expires_at is in the past', {
        errors: [{ pointer: '/expires_at', detail: 'must be in the future' }],
      });
    }
    const id = base62(12);
    const key = `tdk_${id}_${base62(43)}`;
    const row = manager.create(ApiKeyRow, {
      id,
      accountId,
      name: body.name,
      scopes: [...new Set(body.scopes)],
      secretHash: hashOf(key),
      expiresAt,
      lastUsedAt: null,
    });
    await manager.insert(ApiKeyRow, row);
    return { ...apiKeyView(await manager.findOneByOrFail(ApiKeyRow, { id })), key };
  }

  async list(accountId: string, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<ApiKeyView>> {
    const scope = ['api_keys', accountId];
    const [createdAt, id] = positionIn(cursor, scope) ?? [];
    const rows = await asAccount(this.database, accountId, (manager) =>
      manager
        .createQueryBuilder(ApiKeyRow, 'key')
        .where('key.accountId = :accountId', { accountId })
        .andWhere(createdAt === undefined ? 'TRUE' : '(key.createdAt, key.id) < (:createdAt, :id)', { createdAt, id })
        .orderBy('key.createdAt', 'DESC')
        .addOrderBy('key.id', 'DESC')
        .limit(limit + 1)
        .getMany(),
    );
    return pageOf(rows, limit, apiKeyView, (last) => cursorOf(scope, [last.createdAt.toISOString(), last.id]));
  }

  async delete(accountId: string, id: string): Promise<void> {
    await asAccount(this.database, accountId, async (manager) => {
      const row = await manager.findOneBy(ApiKeyRow, { accountId, id });
      const { affected } = await manager.delete(ApiKeyRow, { accountId, id });
      if (row === null || affected !== 1) throw new Problem('api_key_not_found', 'There is no such API key.');
      await this.audit.record(manager, accountId, 'api_key.deleted', id, apiKeyView(row));
    });
  }

  /**
   * Who holds this key, and whether the key's minute has room; counts the request. Unknown and wrong are told alike, and cost
   * the key's holder nothing of the minute: ids are no secrets.
   */
  async admit(key: string): Promise<Admission> {
    const [, id] = API_KEY_PATTERN.exec(key) ?? [];
    if (id === undefined) throw unauthorized();
    const minute = Math.floor(Date.now() / 60_000);
    const hash = hashOf(key);
    const [row]: AdmittedRow[] = await asEveryone(this.database, (manager) => manager.query(ADMIT, [id, minute, hash]));
    // The hash is compared also where there is no such key, so that the time tells nothing.
    const isRight = timingSafeEqual(hash, row?.secret_hash ?? Buffer.alloc(32));
    if (!row || !isRight || (row.expires_at !== null && row.expires_at.getTime() <= Date.now())) throw unauthorized();
    const { account_id: accountId, scopes, plan } = row;
    const requests = row.requests!;
    return { keyId: id, accountId, scopes, plan, ...allowance(PLANS[plan].requestsPerMinute, requests) };
  }

  /** Counts a request of the operator, whose key the gateway has checked. */
  async admitOperator(): Promise<Admission> {
    const minute = Math.floor(Date.now() / 60_000);
    const [row]: { requests: number }[] = await this.database.query(COUNT, ['operator', minute]);
    const { requests } = row!;
    return {
      keyId: 'operator',
      accountId: '',
      scopes: [],
      plan: 'enterprise',
      ...allowance(PLANS.enterprise.requestsPerMinute, requests),
    };
  }
}

interface AdmittedRow {
  account_id: string;
  scopes: Scope[];
  plan: PlanName;
  secret_hash: Buffer;
  expires_at: Date | null;
  /** Null where the key was wrong. */
  requests: number | null;
}

/** One round trip: the key, its account, the count of its minute, and once a minute the time of its last use. */
const ADMIT = `
  WITH found AS (
    SELECT key.id, key.account_id, key.scopes, key.secret_hash, key.expires_at, account.plan
    FROM subscriptions.api_keys key JOIN subscriptions.accounts account ON account.id = key.account_id
    WHERE key.id = $1 AND account.deleted_at IS NULL
  ), counted AS (
    INSERT INTO subscriptions.key_minutes AS counter (key_id, minute, requests) SELECT id, $2, 1 FROM found WHERE secret_hash = $3
    ON CONFLICT (key_id) DO UPDATE
      SET requests = CASE WHEN counter.minute = excluded.minute THEN counter.requests + 1 ELSE 1 END, minute = excluded.minute
    RETURNING requests
  ), used AS (
    UPDATE subscriptions.api_keys SET last_used_at = now() FROM counted
    WHERE id = $1 AND counted.requests = 1
  )
  SELECT found.*, counted.requests FROM found LEFT JOIN counted ON true`;

const COUNT = `
  INSERT INTO subscriptions.key_minutes AS counter (key_id, minute, requests) VALUES ($1, $2, 1)
  ON CONFLICT (key_id) DO UPDATE
    SET requests = CASE WHEN counter.minute = excluded.minute THEN counter.requests + 1 ELSE 1 END, minute = excluded.minute
  RETURNING requests`;

function allowance(limit: number, requests: number): Pick<Admission, 'limit' | 'remaining' | 'resetSeconds' | 'isAllowed'> {
  return {
    limit,
    remaining: Math.max(0, limit - requests),
    resetSeconds: 60 - Math.floor((Date.now() / 1000) % 60),
    isAllowed: requests <= limit,
  };
}

function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send a valid key: Authorization: Bearer tdk_…');
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function base62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}

function apiKeyView(row: ApiKeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}
