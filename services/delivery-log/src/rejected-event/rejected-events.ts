import type { RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow } from '#libs/postgres/src/rows';
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

/** Events that came over NATS or an inbound webhook and were rejected, with the reason, and the event that each became when sent again. */
@Injectable()
export class RejectedEvents {
  constructor(private readonly database: DataSource) {}

  /** Newest first. */
  async list(accountId: string, query: PageQuery): Promise<Page<RejectedEventView>> {
    const select = `SELECT ${COLUMNS} FROM delivery_log.rejected_events WHERE account_id = $1`;
    const list = { scope: ['rejected_events', accountId], select, params: [accountId], at: 'received_at' };
    const page = await asAccount(this.database, accountId, (manager) => readPage<Row>(manager, list, query));
    return mapPage(page, rejectedEventView);
  }

  /** Throws `rejected_event_not_found`. */
  async get(accountId: string, id: string): Promise<RejectedEventDetailView> {
    const row = await asAccount(this.database, accountId, (manager) =>
      firstRow<Row & { body: Buffer }>(
        manager,
        `SELECT ${COLUMNS}, body FROM delivery_log.rejected_events WHERE account_id = $1 AND id = $2`,
        [accountId, id],
      ),
    );
    if (row === null) throw new Problem('rejected_event_not_found', 'There is no such rejected event.');
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
