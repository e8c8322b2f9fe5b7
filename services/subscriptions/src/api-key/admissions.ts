import { timingSafeEqual } from 'node:crypto';
import { PLANS, PUBLISHING_FACTOR, type PlanName } from '#libs/api/src/account.dto';
import { API_KEY_PATTERN, type Admission, type Scope } from '#libs/api/src/api-key.dto';
import { MINUTE_MS, SECOND_MS } from '#libs/contracts/src/time';
import { asEveryone } from '#libs/postgres/src/database';
import { firstRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashOf } from './generate-key.js';

interface AdmittedRow {
  account_id: string;
  scopes: Scope[];
  plan: PlanName;
  secret_hash: Buffer;
  expires_at: Date | null;
  /** Null for a wrong key. */
  requests: number | null;
}

/** Admits requests: says who holds a key, and whether the key's minute has room. */
@Injectable()
export class Admissions {
  constructor(private readonly database: DataSource) {}

  /**
   * Counts a request of this key. Throws `unauthorized`, alike for an unknown and a wrong key. A wrong key costs its holder
   * nothing of the minute, because ids are no secrets.
   */
  async admit(key: string, isPublishing: boolean): Promise<Admission> {
    const [, id] = API_KEY_PATTERN.exec(key) ?? [];
    if (id === undefined) throw unauthorized();
    const hash = hashOf(key);
    const row = await asEveryone(this.database, (manager) =>
      firstRow<AdmittedRow>(manager, ADMIT, [id, thisMinute(), hash, isPublishing ? PUBLISHING : '']),
    );
    // Compares a hash even for an unknown key, so that the response time reveals nothing.
    const isRight = timingSafeEqual(hash, row?.secret_hash ?? Buffer.alloc(32));
    if (!row || !isRight || (row.expires_at !== null && row.expires_at.getTime() <= Date.now())) throw unauthorized();
    const { account_id: accountId, scopes, plan } = row;
    const limit = PLANS[plan].requestsPerMinute * (isPublishing ? PUBLISHING_FACTOR : 1);
    return { keyId: id, accountId, scopes, plan, ...allowance(limit, row.requests!) };
  }

  /** Counts a request of the operator, whose key the gateway has checked. */
  async admitOperator(): Promise<Admission> {
    const counted = await firstRow<{ requests: number }>(this.database, COUNT, ['operator', thisMinute()]);
    const room = allowance(PLANS.enterprise.requestsPerMinute, counted!.requests);
    return { keyId: 'operator', accountId: '', scopes: [], plan: 'enterprise', ...room };
  }
}

/** Requests that publish are counted under the key's id and this. */
const PUBLISHING = ':publishing';

const COUNT_UP = `
  ON CONFLICT (key_id) DO UPDATE
    SET requests = CASE WHEN counter.minute = excluded.minute THEN counter.requests + 1 ELSE 1 END, minute = excluded.minute
  RETURNING requests`;

/** Reads the key and its account, counts the request, and once a minute sets the time of last use: one round trip. */
const ADMIT = `
  WITH found AS (
    SELECT key.id, key.account_id, key.scopes, key.secret_hash, key.expires_at, account.plan
    FROM subscriptions.api_keys key JOIN subscriptions.accounts account ON account.id = key.account_id
    WHERE key.id = $1 AND account.deleted_at IS NULL
  ), counted AS (
    INSERT INTO subscriptions.key_minutes AS counter (key_id, minute, requests) SELECT id || $4, $2, 1 FROM found WHERE secret_hash = $3
    ${COUNT_UP}
  ), used AS (
    UPDATE subscriptions.api_keys SET last_used_at = now() FROM counted
    WHERE id = $1 AND counted.requests = 1
  )
  SELECT found.*, counted.requests FROM found LEFT JOIN counted ON true`;

const COUNT = `INSERT INTO subscriptions.key_minutes AS counter (key_id, minute, requests) VALUES ($1, $2, 1) ${COUNT_UP}`;

function thisMinute(): number {
  return Math.floor(Date.now() / MINUTE_MS);
}

function allowance(limit: number, requests: number): Pick<Admission, 'limit' | 'remaining' | 'resetSeconds' | 'isAllowed'> {
  return {
    limit,
    remaining: Math.max(0, limit - requests),
    resetSeconds: 60 - Math.floor((Date.now() / SECOND_MS) % 60),
    isAllowed: requests <= limit,
  };
}

function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send a valid key: Authorization: Bearer tdk_…');
}
