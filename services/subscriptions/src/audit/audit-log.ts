import type { AuditAction, AuditEntryView } from '#libs/api/src/audit.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

interface Row {
  id: string;
  at: Date;
  actor: string;
  action: AuditAction;
  subject_id: string;
  changes: AuditEntryView['changes'];
}

/** Tidings itself, where no client asks: a webhook that failures have paused. */
const OURSELVES = 'tidings';
/** Shown as changed, never with a value. */
const SECRET_FIELDS = new Set(['secret', 'headers', 'verification', 'api_key', 'key']);

/** Who changed what: written in the transaction of the change, so that there is none without the other. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: DataSource) {}

  /** `before` and `after` are views, of which the fields that differ are kept; null before a creation and after a deletion. */
  async record(
    manager: EntityManager,
    accountId: string,
    action: AuditAction,
    subjectId: string,
    before: object | null = null,
    after: object | null = null,
  ): Promise<void> {
    const actor = requestContext()?.actor ?? OURSELVES;
    await manager.query(
      'INSERT INTO subscriptions.audit_log (id, account_id, actor, action, subject_id, changes) VALUES ($1, $2, $3, $4, $5, $6)',
      [newId('aud'), accountId, actor, action, subjectId, JSON.stringify(difference(before ?? {}, after ?? {}))],
    );
  }

  /** Newest first. */
  async list(accountId: string, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<AuditEntryView>> {
    const scope = ['audit_log', accountId];
    const [at, id] = positionIn(cursor, scope) ?? [null, null];
    const rows: Row[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT id, at, actor, action, subject_id, changes FROM subscriptions.audit_log
         WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3))
         ORDER BY at DESC, id DESC LIMIT $4`,
        [accountId, at, id, limit + 1],
      ),
    );
    return pageOf(rows, limit, auditEntryView, (last) => cursorOf(scope, [last.at.toISOString(), last.id]));
  }
}

function difference(before: object, after: object): AuditEntryView['changes'] {
  const [old, fresh] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const fields = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter(
    (field) => field !== 'updated_at' && JSON.stringify(old[field]) !== JSON.stringify(fresh[field]),
  );
  return Object.fromEntries(
    fields.map((field) => [
      field,
      SECRET_FIELDS.has(field) ? { from: null, to: null } : { from: old[field] ?? null, to: fresh[field] ?? null },
    ]),
  );
}

function auditEntryView({ at, ...row }: Row): AuditEntryView {
  return { ...row, at: at.toISOString() };
}
