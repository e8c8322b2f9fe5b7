import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { readEvent } from '#libs/contracts/src/stored-event';
import type { StreamMessage } from '#libs/jetstream/src/stream-message';
import type { Sql } from '#libs/postgres/src/rows';
import { insertRows, timeOf, type Columns } from '../insert-rows.js';

/** A row of `events`. */
export interface EventRow {
  accountId: string;
  id: string;
  seq: number;
  type: string;
  key: string | null;
  occurredAt: string;
  storedAtMs: number;
  data: Uint8Array;
  /** JSON. */
  warnings: string | null;
  answerKey: Buffer;
  logDays: LogDays;
}

/** Makes the row of a message in EVENTS. */
export function eventRow(message: StreamMessage): EventRow {
  const { timestamp: occurredAt, logDays, ...event } = readEvent(message);
  return { ...event, occurredAt, logDays: logDaysIn(logDays) };
}

const COLUMNS: Columns<EventRow> = {
  account_id: ['text', (row) => row.accountId],
  id: ['text', (row) => row.id],
  seq: ['bigint', (row) => row.seq],
  type: ['text', (row) => row.type],
  key: ['text', (row) => row.key],
  occurred_at: ['text', (row) => row.occurredAt],
  stored_at: ['timestamptz', (row) => timeOf(row.storedAtMs)],
  data: ['bytea', (row) => Buffer.from(row.data)],
  warnings: ['text', (row) => row.warnings],
  answer_key: ['bytea', (row) => row.answerKey],
  log_days: ['smallint', (row) => row.logDays],
};

export function writeEvents(sql: Sql, rows: EventRow[]): Promise<void> {
  return insertRows(sql, 'events', COLUMNS, rows);
}
