import type { ErasureKind } from '#libs/api/src/erasure.dto';
import { ERASED_MAX } from '#libs/contracts/src/erasure';
import { subjects } from '#libs/contracts/src/subjects';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readSome } from '#libs/jetstream/src/read-some';
import { consumedMessage } from '#libs/jetstream/src/stream-message';
import { rows, type Sql } from '#libs/postgres/src/rows';
import { eventRow, type EventRow } from '../event/event-rows.js';
import { rejectedRow, type RejectedRow } from '../rejected-event/rejected-rows.js';
import { isAboutRecord, mentionsEmail } from './mentions.js';

/** An erasure whose turn it is: a row of `erasures`. */
export interface ErasureTurn {
  id: string;
  account_id: string;
  kind: ErasureKind;
  about: string;
  events_seq: string;
  rejected_seq: string;
  step: 'events' | 'rejected_events' | 'stored';
  position: string;
}

export type AffectedEvent = Pick<EventRow, 'id' | 'seq' | 'type' | 'key' | 'occurredAt' | 'storedAtMs' | 'logDays'>;
export type AffectedRejection = Omit<RejectedRow, 'accountId' | 'reason' | 'body'>;

/** Result of a turn: what to erase, and the sequence to go on after. Null: the end is reached. */
export interface Looked<T> {
  affected: T[];
  position: number | null;
}

// Turns look through the streams, not the log: the streams keep events that the log of an account with few `log_days` has dropped.
// An event by its id is looked up in the log, because the request found it there.

export async function nextEvents(connection: JetStreamConnection, sql: Sql, turn: ErasureTurn): Promise<Looked<AffectedEvent>> {
  const { account_id, kind, about } = turn;
  if (kind === 'event') {
    const events = await rows<Omit<AffectedEvent, 'storedAtMs'> & { storedAt: Date }>(
      sql,
      `SELECT id, seq::float8 AS seq, type, key, occurred_at AS "occurredAt", stored_at AS "storedAt", log_days AS "logDays"
       FROM delivery_log.events WHERE account_id = $1 AND id = $2 AND seq > $3 AND seq <= $4 AND erased_at IS NULL
       ORDER BY seq LIMIT ${ERASED_MAX}`,
      [account_id, about, turn.position, turn.events_seq],
    );
    return { affected: events.map((row) => ({ ...row, storedAtMs: row.storedAt.getTime() })), position: positionAfter(events) };
  }
  const stream = { stream: 'EVENTS', filter: subjects.event(account_id, '>') };
  return lookThrough(connection, turn, stream, turn.events_seq, eventRow, ({ key, data }) => {
    if (kind === 'record_key') return key === about;
    return [key ?? '', Buffer.from(data).toString()].some((text) => mentionsEmail(text, about));
  });
}

/** A rejected event has no record key, so its body is searched. */
export async function nextRejected(
  connection: JetStreamConnection,
  sql: Sql,
  turn: ErasureTurn,
): Promise<Looked<AffectedRejection>> {
  const { account_id, kind, about } = turn;
  if (kind === 'event') {
    const rejected = await rows<Omit<AffectedRejection, 'receivedAtMs'> & { receivedAt: Date }>(
      sql,
      `SELECT id, seq::float8 AS seq, code, source, event_id AS "eventId", event_type AS "eventType", received_at AS "receivedAt",
         log_days AS "logDays"
       FROM delivery_log.rejected_events WHERE account_id = $1 AND event_id = $2 AND seq > $3 AND seq <= $4 AND erased_at IS NULL
       ORDER BY seq LIMIT ${ERASED_MAX}`,
      [account_id, about, turn.position, turn.rejected_seq],
    );
    const affected = rejected.map((row) => ({ ...row, receivedAtMs: row.receivedAt.getTime() }));
    return { affected, position: positionAfter(rejected) };
  }
  const stream = { stream: 'REJECTED', filter: subjects.rejected(account_id) };
  return lookThrough(connection, turn, stream, turn.rejected_seq, rejectedRow, ({ body, eventType }) => {
    const text = Buffer.from(body).toString();
    return kind === 'record_key' ? isAboutRecord(text, eventType, about) : mentionsEmail(text, about);
  });
}

function positionAfter(found: { seq: number }[]): number | null {
  return found.length < ERASED_MAX ? null : found.at(-1)!.seq;
}

async function lookThrough<Row extends { seq: number }>(
  { js }: JetStreamConnection,
  { position }: ErasureTurn,
  stream: { stream: string; filter: string },
  lastSeq: string,
  rowOf: (message: ReturnType<typeof consumedMessage>) => Row,
  isAffected: (row: Row) => boolean,
): Promise<Looked<Row>> {
  const [startSeq, endSeq] = [Number(position) + 1, Number(lastSeq)];
  const { messages, isEnd } = await readSome(js, { ...stream, startSeq, endSeq, max: ERASED_MAX });
  const looked = messages.map(consumedMessage).map(rowOf);
  return { affected: looked.filter(isAffected), position: isEnd ? null : (looked.at(-1)?.seq ?? startSeq - 1) };
}
