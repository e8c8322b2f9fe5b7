import type { EventView } from '#libs/api/src/event.dto';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

interface Row {
  type: string;
  occurred_at: string;
  key: string | null;
  data: Buffer;
  stored_at: Date;
  /** JSON. */
  warnings: string | null;
}

/** Stored events, and what became of them. */
@Injectable()
export class Events {
  constructor(private readonly database: DataSource) {}

  /** The newest event of this id. Throws `event_not_found`, for another account's as well. */
  async get(accountId: string, id: string): Promise<EventView> {
    return asAccount(this.database, accountId, async (manager) => {
      const [row]: Row[] = await manager.query(
        `SELECT type, occurred_at, key, data, stored_at, warnings FROM delivery_log.events
         WHERE account_id = $1 AND id = $2 ORDER BY stored_at DESC LIMIT 1`,
        [accountId, id],
      );
      if (!row) throw new Problem('event_not_found', 'There is no such event.');
      const deliveries: EventView['deliveries'] = await manager.query(
        `SELECT id, webhook_id, status FROM delivery_log.deliveries WHERE account_id = $1 AND event_id = $2 AND NOT is_test
         ORDER BY created_at DESC, id LIMIT 1000`,
        [accountId, id],
      );
      return viewOf(id, row, deliveries);
    });
  }
}

function viewOf(id: string, row: Row, deliveries: EventView['deliveries']): EventView {
  return {
    id,
    event: row.type,
    timestamp: row.occurred_at,
    key: row.key,
    data: JSON.parse(row.data.toString()) as unknown,
    stored_at: row.stored_at.toISOString(),
    warnings: JSON.parse(row.warnings ?? '[]') as EventView['warnings'],
    deliveries,
  };
}
