import type { RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

interface Row {
  id: string;
  received_at: Date;
  code: string;
  reason: string;
  source: string;
  event_id: string | null;
  event_type: string | null;
  body_bytes: number;
  resent_as: string | null;
  resent_at: Date | null;
  erased_at: Date | null;
}

const COLUMNS =
  'id, received_at, code, reason, source, event_id, event_type, length(body) AS body_bytes, resent_as, resent_at, erased_at';

/** What came over NATS or to an inbound webhook and was not accepted, with the reason, and what it became when it was sent again. */
@Injectable()
export class RejectedEvents {
  constructor(private readonly database: DataSource) {}

  /** Newest first. */
  async list(accountId: string, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<RejectedEventView>> {
    const scope = ['rejected_events', accountId];
    const [receivedAt, id] = positionIn(cursor, scope) ?? [null, null];
    const rows: Row[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT ${COLUMNS} FROM delivery_log.rejected_events
       WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (received_at, id) < ($2, $3))
       ORDER BY received_at DESC, id DESC LIMIT $4`,
        [accountId, receivedAt, id, limit + 1],
      ),
    );
    return pageOf(rows, limit, rejectedEventView, (last) => cursorOf(scope, [last.received_at.toISOString(), last.id]));
  }

  /** Throws `rejected_event_not_found`. */
  async get(accountId: string, id: string): Promise<RejectedEventDetailView> {
    const [row]: (Row & { body: Buffer })[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(`SELECT ${COLUMNS}, body FROM delivery_log.rejected_events WHERE account_id = $1 AND id = $2`, [
        accountId,
        id,
      ]),
    );
    if (!row) throw new Problem('rejected_event_not_found', 'There is no such rejected event.');
    return { ...rejectedEventView(row), body: row.body.toString() };
  }
}

function rejectedEventView(row: Row): RejectedEventView {
  return {
    id: row.id,
    code: row.code,
    reason: row.reason,
    source: row.source,
    event_id: row.event_id,
    event: row.event_type,
    received_at: row.received_at.toISOString(),
    body_bytes: row.body_bytes,
    resent_as: row.resent_as,
    resent_at: row.resent_at?.toISOString() ?? null,
    erased_at: row.erased_at?.toISOString() ?? null,
  };
}
