import type { ExplainEventQuery } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { PastState, ReceiverChange, WebhookCondition, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { asAccount } from '#libs/postgres/src/database';
import { readPage } from '#libs/postgres/src/read-page';
import { firstRow, rows } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Webhooks } from './webhooks.js';

interface Row {
  id: string;
  name: string;
  created_at: Date;
  active_since_ms: string | null;
}

interface StateRow {
  webhook_id: string;
  at: Date;
  events: string[];
  filter: PastState['filter'];
  status: PastState['status'];
  status_reason: PastState['statusReason'];
  status_at: Date;
  is_deleted: boolean;
}

/** At most so many states of a webhook explain an event, the oldest ones first. */
const STATES_MAX = 50;
const CHANGES_MAX = 20;

/** Past states of webhooks, and changes that may alter how their receivers answer. */
@Injectable()
export class WebhookHistories {
  constructor(
    private readonly database: DataSource,
    private readonly webhooks: Webhooks,
  ) {}

  /**
   * Lists the account's webhooks with their states at `sinceMs` and since, newest first. Leaves out webhooks that were deleted
   * before, unless the query names one. Throws `webhook_not_found`.
   */
  list(accountId: string, sinceMs: number, query: ExplainEventQuery): Promise<Page<WebhookHistory>> {
    const { webhook_id: webhookId = null } = query;
    const list = {
      scope: ['webhook_histories', accountId, webhookId],
      select: `
        SELECT id, name, created_at, active_since_ms FROM subscriptions.webhooks
        WHERE account_id = $1 AND CASE WHEN $2::text IS NULL THEN coalesce(deleted_at >= $3, true) ELSE id = $2 END`,
      params: [accountId, webhookId, new Date(sinceMs)],
    };
    return asAccount(this.database, accountId, async (manager) => {
      const page = await readPage<Row>(manager, list, query);
      if (webhookId !== null && page.data.length === 0)
        throw new Problem('webhook_not_found', `There is no webhook ${webhookId}.`);
      return { ...page, data: await withStates(manager, accountId, page.data, sinceMs) };
    });
  }

  /** Throws `webhook_not_found`. */
  async condition(accountId: string, id: string): Promise<WebhookCondition> {
    const { status, status_reason: statusReason, secrets } = await this.webhooks.row(accountId, id);
    const [statusAt, changes] = await asAccount(this.database, accountId, async (manager) => {
      const since = await firstRow<{ status_at: Date }>(manager, STATUS_AT, [accountId, id]);
      const changed = await rows<{ at: Date; what: ReceiverChange }>(manager, CHANGES, [accountId, id, CHANGES_MAX]);
      return [since!.status_at, changed.map(({ at, what }) => ({ what, atMs: at.getTime() }))] as const;
    });
    // Adds the end of the previous secret's overlap, which no audit entry records.
    const oldSecretUntilMs = Date.parse(secrets[1]?.until ?? '');
    if (oldSecretUntilMs <= Date.now()) changes.push({ what: 'old_secret', atMs: oldSecretUntilMs });
    return {
      status,
      statusReason,
      statusSinceMs: statusAt.getTime(),
      changes: changes.sort((one, other) => other.atMs - one.atMs),
    };
  }
}

async function withStates(
  manager: EntityManager,
  accountId: string,
  webhooks: Row[],
  sinceMs: number,
): Promise<WebhookHistory[]> {
  const ids = webhooks.map(({ id }) => id);
  const states = await rows<StateRow>(manager, STATES, [accountId, ids, new Date(sinceMs), STATES_MAX]);
  return webhooks.map(({ id, name, created_at: createdAt, active_since_ms: activeSince }) => ({
    id,
    name,
    activeSinceMs: activeSince === null ? createdAt.getTime() : Number(activeSince),
    states: states.filter((state) => state.webhook_id === id).map(pastState),
  }));
}

function pastState({ at, events, filter, status, status_reason, status_at, is_deleted }: StateRow): PastState {
  return {
    atMs: at.getTime(),
    events,
    filter,
    status,
    statusReason: status_reason,
    statusSinceMs: status_at.getTime(),
    isDeleted: is_deleted,
  };
}

/** Each webhook's state in force at $3, and the states that followed it. */
const STATES = `
  SELECT state.* FROM unnest($2::text[]) AS wanted (id)
  CROSS JOIN LATERAL (
    SELECT webhook_id, at, events, filter, status, status_reason, status_at, is_deleted
    FROM subscriptions.webhook_history
    WHERE account_id = $1 AND webhook_id = wanted.id AND revision >= coalesce((
      SELECT max(revision) FROM subscriptions.webhook_history WHERE account_id = $1 AND webhook_id = wanted.id AND at <= $3), 0)
    ORDER BY revision LIMIT $4
  ) state`;

const STATUS_AT = `
  SELECT status_at FROM subscriptions.webhook_history
  WHERE account_id = $1 AND webhook_id = $2 ORDER BY revision DESC LIMIT 1`;

/** Clients' changes of a webhook that its receiver may notice, from the audit log. */
const CHANGES = `
  SELECT entry.at, what FROM subscriptions.audit_log entry
  CROSS JOIN LATERAL (
    SELECT DISTINCT CASE field WHEN 'secret_last4' THEN 'secret' ELSE field END AS what FROM jsonb_object_keys(entry.changes) AS field
    WHERE field IN ('url', 'headers', 'secret_last4', 'method', 'content_type')
  ) changed
  WHERE entry.account_id = $1 AND entry.subject_id = $2 AND entry.action IN ('webhook.updated', 'webhook.secret_rotated')
  ORDER BY entry.at DESC LIMIT $3`;
