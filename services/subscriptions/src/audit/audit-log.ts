import type { AuditAction, AuditEntryView } from '#libs/api/src/audit.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { rows } from '#libs/postgres/src/rows';
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

/** Actor of changes that no client asked for, such as a webhook that failures have paused. */
const OURSELVES = 'tidings';
/** Fields that are shown as changed, without their values. */
const SECRET_FIELDS = new Set(['secret', 'headers', 'verification', 'api_key', 'key']);

/** Records who changed which field, in the transaction of the change: neither exists without the other. */
@Injectable()
export class AuditLog {
  constructor(private readonly database: DataSource) {}

  /** Keeps the fields in which the views `before` and `after` differ. `before` null: created; `after` null: deleted. */
  async record(
    manager: EntityManager,
    accountId: string,
    action: AuditAction,
    subjectId: string,
    before: object | null = null,
    after: object | null = null,
  ): Promise<void> {
    const actor = requestContext()?.actor ?? OURSELVES;
    await rows(
      manager,
      'INSERT INTO subscriptions.audit_log (id, account_id, actor, action, subject_id, changes) VALUES ($1, $2, $3, $4, $5, $6)',
      [newId('aud'), accountId, actor, action, subjectId, JSON.stringify(difference(before ?? {}, after ?? {}))],
    );
  }

  /** Newest first. */
  async list(accountId: string, query: PageQuery): Promise<Page<AuditEntryView>> {
    const list = {
      scope: ['audit_log', accountId],
      select: 'SELECT id, at, actor, action, subject_id, changes FROM subscriptions.audit_log WHERE account_id = $1',
      params: [accountId],
      at: 'at',
    };
    const page = await asAccount(this.database, accountId, (manager) => readPage<Row>(manager, list, query));
    return mapPage(page, auditEntryView);
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
