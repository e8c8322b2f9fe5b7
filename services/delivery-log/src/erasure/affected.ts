import type { ErasureKind } from '#libs/api/src/erasure.dto';
import { ERASED_MAX } from '#libs/contracts/src/erasure';
import type { LogDays } from '#libs/contracts/src/log-days';
import type { EntityManager } from 'typeorm';
import { isAboutRecord, mentionsEmail } from './mentions.js';

/** An erasure that is being worked off: a row of `erasures`. */
export interface ErasureTurn {
  id: string;
  account_id: string;
  kind: ErasureKind;
  about: string;
  events_seq: string;
  rejected_seq: string;
  step: 'events' | 'rejected_events' | 'stored';
  position_at: Date | number;
  position_seq: string;
}

export interface StoredEventRow {
  id: string;
  seq: string;
  type: string;
  key: string | null;
  occurred_at: string;
  stored_at: Date;
  log_days: LogDays;
  data: Buffer;
}

export interface RejectedRow {
  id: string;
  seq: string;
  code: string;
  source: string;
  event_id: string | null;
  event_type: string | null;
  received_at: Date;
  log_days: LogDays;
  body: Buffer;
}

/** What a turn has looked at, in order, and which of it is to be erased. */
export interface Looked<T> {
  rows: T[];
  affected: T[];
}

// $1 account, $2 and $3 the position, $4 the last sequence, $5 what it is about. Each row has up to 256 KiB.

/** The next accepted events: those that it is about where an index knows them, else all. */
export async function nextEvents(manager: EntityManager, turn: ErasureTurn): Promise<Looked<StoredEventRow>> {
  const condition = { event: 'AND id = $5', record_key: 'AND key = $5', email: 'AND $5::text IS NOT NULL' }[turn.kind];
  const rows: StoredEventRow[] = await manager.query(
    `SELECT id, seq, type, key, occurred_at, stored_at, log_days, data FROM delivery_log.events
     WHERE account_id = $1 AND (stored_at, seq) > ($2::timestamptz, $3::bigint) AND seq <= $4 AND erased_at IS NULL ${condition}
     ORDER BY stored_at, seq LIMIT ${ERASED_MAX}`,
    [turn.account_id, turn.position_at, turn.position_seq, turn.events_seq, turn.about],
  );
  if (turn.kind !== 'email') return { rows, affected: rows };
  const mentions = (row: StoredEventRow): boolean =>
    mentionsEmail(row.data.toString(), turn.about) || mentionsEmail(row.key ?? '', turn.about);
  return { rows, affected: rows.filter(mentions) };
}

/** The next rejected events. What they are about was never told apart, so their bodies are looked into. */
export async function nextRejected(manager: EntityManager, turn: ErasureTurn): Promise<Looked<RejectedRow>> {
  const condition = turn.kind === 'event' ? 'AND event_id = $5' : 'AND $5::text IS NOT NULL';
  const rows: RejectedRow[] = await manager.query(
    `SELECT id, seq, code, source, event_id, event_type, received_at, log_days, body FROM delivery_log.rejected_events
     WHERE account_id = $1 AND (received_at, seq) > ($2::timestamptz, $3::bigint) AND seq <= $4 AND erased_at IS NULL ${condition}
     ORDER BY received_at, seq LIMIT ${ERASED_MAX}`,
    [turn.account_id, turn.position_at, turn.position_seq, turn.rejected_seq, turn.about],
  );
  switch (turn.kind) {
    case 'event':
      return { rows, affected: rows };
    case 'record_key':
      return { rows, affected: rows.filter((row) => isAboutRecord(row.body.toString(), row.event_type, turn.about)) };
    case 'email':
      return { rows, affected: rows.filter((row) => mentionsEmail(row.body.toString(), turn.about)) };
  }
}
