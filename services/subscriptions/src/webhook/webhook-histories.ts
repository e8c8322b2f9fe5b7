import type { ExplainEventQuery } from '#libs/api/src/explain.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import type { PastState, ReceiverChange, WebhookCondition, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { asAccount } from '#libs/postgres/src/database';
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

/** A webhook that was changed more often since then is explained by the first of its changes. */
const STATES_MAX = 50;
const CHANGES_MAX = 20;

/** What webhooks were, and what was changed of them. */
@Injectable()
export class WebhookHistories {
  constructor(
    private readonly database: DataSource,
    private readonly webhooks: Webhooks,
  ) {}

  /**
   * What the account's webhooks were at a time, and since, newest first: those that were not deleted before; or the one that is
   * asked for, whatever became of it. Throws `webhook_not_found`.
   */
  list(accountId: string, sinceMs: number, query: ExplainEventQuery): Promise<Page<WebhookHistory>> {
    const { webhook_id: webhookId = null, limit = PAGE_LIMIT_DEFAULT, cursor } = query;
    const scope = ['webhook_histories', accountId, webhookId];
    const [createdAt, id] = positionIn(cursor, scope) ?? [null, null];
    return asAccount(this.database, accountId, async (manager) => {
      const rows: Row[] = await manager.query(
        `SELECT id, name, created_at, active_since_ms FROM subscriptions.webhooks
         WHERE account_id = $1 AND CASE WHEN $2::text IS NULL THEN coalesce(deleted_at >= $3, true) ELSE id = $2 END
           AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5))
         ORDER BY created_at DESC, id DESC LIMIT $6`,
        [accountId, webhookId, new Date(sinceMs), createdAt, id, limit + 1],
      );
      if (webhookId !== null && rows.length === 0) throw new Problem('webhook_not_found', `There is no webhook ${webhookId}.`);
      const page = pageOf(
        rows,
        limit,
        (row) => row,
        (last) => cursorOf(scope, [last.created_at.toISOString(), last.id]),
      );
      return { ...page, data: await withStates(manager, accountId, page.data, sinceMs) };
    });
  }

  /** Throws `webhook_not_found`. */
  async condition(accountId: string, id: string): Promise<WebhookCondition> {
    const { status, statusReason, secrets } = await this.webhooks.row(accountId, id);
    const [statusAt, changes] = await asAccount(this.database, accountId, async (manager) => {
      const [row]: { status_at: Date }[] = await manager.query(STATUS_AT, [accountId, id]);
      const rows: { at: Date; what: ReceiverChange }[] = await manager.query(CHANGES, [accountId, id, CHANGES_MAX]);
      return [row!.status_at, rows.map(({ at, what }) => ({ what, atMs: at.getTime() }))] as const;
    });
    // The one before it signs until its overlap is over; that nobody notes, for nothing is done then.
    const oldSecretUntilMs = Date.parse(secrets[1]?.until ?? '');
    if (oldSecretUntilMs <= Date.now()) changes.push({ what: 'old_secret', atMs: oldSecretUntilMs });
    return {
      status,
      statusReason: statusReason as WebhookCondition['statusReason'],
      statusSinceMs: statusAt.getTime(),
      changes: changes.sort((one, other) => other.atMs - one.atMs),
    };
  }
}

async function withStates(manager: EntityManager, accountId: string, rows: Row[], sinceMs: number): Promise<WebhookHistory[]> {
  const ids = rows.map(({ id }) => id);
  const states: StateRow[] = await manager.query(STATES, [accountId, ids, new Date(sinceMs), STATES_MAX]);
  return rows.map(({ id, name, created_at: createdAt, active_since_ms: activeSince }) => ({
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

/** The one in force at $3, and those that followed it. */
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

/** What clients have changed of it, as the audit log names the fields. */
const CHANGES = `
  SELECT entry.at, what FROM subscriptions.audit_log entry
  CROSS JOIN LATERAL (
    SELECT DISTINCT CASE field WHEN 'secret_last4' THEN 'secret' ELSE field END AS what FROM jsonb_object_keys(entry.changes) AS field
    WHERE field IN ('url', 'headers', 'secret_last4', 'method', 'content_type')
  ) changed
  WHERE entry.account_id = $1 AND entry.subject_id = $2 AND entry.action IN ('webhook.updated', 'webhook.secret_rotated')
  ORDER BY entry.at DESC LIMIT $3`;
