import { rejectedHeaders, resentHeaders } from '#libs/contracts/src/crm-event';
import { textOfHeader } from '#libs/contracts/src/header-text';
import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import type { StreamMessage } from '#libs/jetstream/src/stream-message';
import { rows as run, type Sql } from '#libs/postgres/src/rows';
import { insertRows, timeOf, type Columns } from '../insert-rows.js';

/** A row of `rejected_events`. */
export interface RejectedRow {
  receivedAtMs: number;
  id: string;
  accountId: string;
  code: string;
  reason: string;
  source: string;
  eventId: string | null;
  eventType: string | null;
  body: Uint8Array;
  seq: number;
  logDays: LogDays;
}

/** A rejected event that was sent again. */
export interface ResentRow {
  accountId: string;
  /** Id of the rejected event. */
  id: string;
  eventId: string;
  resentAtMs: number;
}

/** Makes the row of a message in REJECTED under `rejected.<account>`. */
export function rejectedRow({ subject, seq, body, storedAtMs, header }: StreamMessage): RejectedRow {
  const read = (name: string): string | null => {
    const value = header(name);
    return value === null ? null : textOfHeader(value);
  };
  return {
    receivedAtMs: storedAtMs,
    id: header(rejectedHeaders.id) ?? '',
    accountId: subject.split('.')[1]!,
    code: header(rejectedHeaders.code) ?? '',
    reason: read(rejectedHeaders.reason) ?? '',
    source: read(rejectedHeaders.source) ?? '',
    eventId: read(rejectedHeaders.eventId),
    eventType: read(rejectedHeaders.eventType),
    body,
    seq,
    logDays: logDaysIn(header(rejectedHeaders.logDays)),
  };
}

export function isResent({ subject }: StreamMessage): boolean {
  return subject.startsWith('resent.');
}

/** Reads a message in REJECTED under `resent.<account>`. */
export function resentRow({ subject, storedAtMs, header }: StreamMessage): ResentRow {
  return {
    accountId: subject.split('.')[1]!,
    id: header(resentHeaders.id) ?? '',
    eventId: header(resentHeaders.eventId) ?? '',
    resentAtMs: storedAtMs,
  };
}

const COLUMNS: Columns<RejectedRow> = {
  received_at: ['timestamptz', (row) => timeOf(row.receivedAtMs)],
  id: ['text', (row) => row.id],
  account_id: ['text', (row) => row.accountId],
  code: ['text', (row) => row.code],
  reason: ['text', (row) => row.reason],
  source: ['text', (row) => row.source],
  event_id: ['text', (row) => row.eventId],
  event_type: ['text', (row) => row.eventType],
  body: ['bytea', (row) => Buffer.from(row.body)],
  seq: ['bigint', (row) => row.seq],
  log_days: ['smallint', (row) => row.logDays],
};

export function writeRejected(sql: Sql, rejected: RejectedRow[]): Promise<void> {
  return insertRows(sql, 'rejected_events', COLUMNS, rejected);
}

/** Notes what rejected events became. The last message wins, within a batch too: a rebuild with other batches makes the same rows. */
export async function writeResent(sql: Sql, resent: ResentRow[]): Promise<void> {
  if (resent.length === 0) return;
  const last = [...new Map(resent.map((row) => [row.id, row])).values()];
  await run(
    sql,
    `UPDATE delivery_log.rejected_events known SET resent_as = resent.event_id, resent_at = resent.at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS resent (account_id, id, event_id, at)
     WHERE known.account_id = resent.account_id AND known.id = resent.id`,
    [
      last.map((row) => row.accountId),
      last.map((row) => row.id),
      last.map((row) => row.eventId),
      last.map((row) => timeOf(row.resentAtMs)),
    ],
  );
}
