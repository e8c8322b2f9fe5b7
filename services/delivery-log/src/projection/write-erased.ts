import type { ErasedEvent, ErasedRejection } from '#libs/contracts/src/erasure';
import type { LogDays } from '#libs/contracts/src/log-days';
import type { EntityManager } from 'typeorm';
import { at } from './write-rows.js';

/** With the account, when it was erased, ms, and the days of its row. */
export type Erased<T> = T & { accountId: string; erasedAtMs: number; logDays: LogDays };

// In a rebuild there may be no row yet, or never one: what was erased is told by ERASED alone. What is written here is what the
// row is then, whichever of the two streams comes first. Several sequences in a batch may be the same; the first time counts.

export async function writeErasedEvents(manager: EntityManager, events: Erased<ErasedEvent>[]): Promise<void> {
  const rows = firstOf(events);
  if (rows.length === 0) return;
  await manager.query(
    `INSERT INTO delivery_log.events AS known (account_id, id, seq, type, occurred_at, stored_at, data, erased_at, log_days)
     SELECT account_id, id, seq, type, occurred_at, stored_at, '', erased_at, log_days
     FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
       $8::smallint[]) AS erased (account_id, id, seq, type, occurred_at, stored_at, erased_at, log_days)
     ON CONFLICT (seq, stored_at, log_days) DO UPDATE
       SET data = '', key = NULL, warnings = NULL, answer_key = NULL, erased_at = coalesce(known.erased_at, excluded.erased_at)`,
    [
      rows.map((row) => row.accountId),
      rows.map((row) => row.id),
      rows.map((row) => row.seq),
      rows.map((row) => row.type),
      rows.map((row) => row.occurredAt),
      rows.map((row) => at(row.storedAtMs)),
      rows.map((row) => at(row.erasedAtMs)),
      rows.map((row) => row.logDays),
    ],
  );
}

export async function writeErasedRejections(manager: EntityManager, rejected: Erased<ErasedRejection>[]): Promise<void> {
  const rows = firstOf(rejected);
  if (rows.length === 0) return;
  await manager.query(
    `INSERT INTO delivery_log.rejected_events AS known (
       received_at, id, account_id, code, reason, source, event_id, event_type, body, seq, erased_at, log_days)
     SELECT received_at, id, account_id, code, '', source, event_id, event_type, '', seq, erased_at, log_days
     FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::timestamptz[],
       $10::smallint[]) AS erased (received_at, id, account_id, code, source, event_id, event_type, seq, erased_at, log_days)
     ON CONFLICT (received_at, id, log_days) DO UPDATE
       SET body = '', reason = '', erased_at = coalesce(known.erased_at, excluded.erased_at)`,
    [
      rows.map((row) => at(row.receivedAtMs)),
      rows.map((row) => row.id),
      rows.map((row) => row.accountId),
      rows.map((row) => row.code),
      rows.map((row) => row.source),
      rows.map((row) => row.eventId),
      rows.map((row) => row.eventType),
      rows.map((row) => row.seq),
      rows.map((row) => at(row.erasedAtMs)),
      rows.map((row) => row.logDays),
    ],
  );
}

function firstOf<T extends { seq: number }>(rows: T[]): T[] {
  const first = new Map<number, T>();
  for (const row of rows) if (!first.has(row.seq)) first.set(row.seq, row);
  return [...first.values()];
}
