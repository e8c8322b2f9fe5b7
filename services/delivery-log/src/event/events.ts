import type { EventView } from '#libs/api/src/event.dto';
import { fingerprintsNow } from '#libs/matching/src/changed';
import type { FilterSubject } from '#libs/matching/src/filter';
import { asAccount } from '#libs/postgres/src/database';
import { firstRow, rows } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

interface Row {
  type: string;
  occurred_at: string;
  key: string | null;
  data: Buffer;
  erased_at: Date | null;
  stored_at: Date;
  /** JSON. */
  warnings: string | null;
}

/** Earlier events of a record that are searched for its values. */
const EARLIER_EVENTS_MAX = 20;

/** Stored events, and the deliveries of each. */
@Injectable()
export class Events {
  constructor(private readonly database: DataSource) {}

  /** Returns the newest event of this id. Throws `event_not_found`, for another account's event too. */
  async get(accountId: string, id: string): Promise<EventView> {
    return asAccount(this.database, accountId, async (manager) => {
      const row = await firstRow<Row>(
        manager,
        `SELECT type, occurred_at, key, data, stored_at, warnings, erased_at FROM delivery_log.events
         WHERE account_id = $1 AND id = $2 ORDER BY stored_at DESC LIMIT 1`,
        [accountId, id],
      );
      if (row === null) throw new Problem('event_not_found', 'There is no such event.');
      const deliveries = await rows<EventView['deliveries'][number]>(
        manager,
        `SELECT id, webhook_id, status FROM delivery_log.deliveries WHERE account_id = $1 AND event_id = $2 AND NOT is_test
         ORDER BY created_at DESC, id LIMIT 1000`,
        [accountId, id],
      );
      return eventView(id, row, deliveries);
    });
  }

  /**
   * Returns the values that the event's record had before it, as fingerprints by path: `changed` compares with them. A path's value
   * comes from the record's last earlier event that has the path.
   */
  async getValuesBefore(accountId: string, id: string, paths: string[]): Promise<Record<string, string>> {
    // An index alone selects the events, so only their data is read.
    const earlier = await asAccount(this.database, accountId, (manager) =>
      rows<Row & { id: string }>(
        manager,
        `WITH this AS (
           SELECT key, seq FROM delivery_log.events WHERE account_id = $1 AND id = $2 ORDER BY stored_at DESC LIMIT 1
         ), of_record AS MATERIALIZED (
           SELECT seq, stored_at FROM delivery_log.events
           WHERE account_id = $1 AND key = (SELECT key FROM this) AND seq < (SELECT seq FROM this)
         ), newest AS (SELECT seq, stored_at FROM of_record ORDER BY seq DESC LIMIT ${EARLIER_EVENTS_MAX})
         SELECT id, type, occurred_at, data FROM delivery_log.events JOIN newest USING (seq, stored_at)
         WHERE account_id = $1 ORDER BY seq`,
        [accountId, id],
      ),
    );
    const before = earlier.map((row) => fingerprintsNow(subjectOf(row), paths));
    return Object.fromEntries(before.flatMap((fingerprints) => [...fingerprints]));
  }
}

function subjectOf({ id, type, occurred_at, data }: Row & { id: string }): FilterSubject {
  return { id, event: type, timestamp: occurred_at, data: JSON.parse(data.toString()) as Record<string, unknown> };
}

function eventView(id: string, row: Row, deliveries: EventView['deliveries']): EventView {
  return {
    id,
    event: row.type,
    timestamp: row.occurred_at,
    key: row.key,
    data: row.erased_at === null ? (JSON.parse(row.data.toString()) as unknown) : null,
    erased_at: row.erased_at?.toISOString() ?? null,
    stored_at: row.stored_at.toISOString(),
    warnings: JSON.parse(row.warnings ?? '[]') as EventView['warnings'],
    deliveries,
  };
}
