import type { ErasureKind } from '#libs/api/src/erasure.dto';
import { ERASED_MAX } from '#libs/contracts/src/erasure';
import { subjects } from '#libs/contracts/src/subjects';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readSome } from '#libs/jetstream/src/read-some';
import type { EntityManager } from 'typeorm';
import { eventRow, rejectedRow } from '../projection/read-messages.js';
import type { EventRow, RejectedRow } from '../projection/write-rows.js';
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
  position: string;
}

export type AffectedEvent = Pick<EventRow, 'id' | 'seq' | 'type' | 'key' | 'occurredAt' | 'storedAtMs' | 'logDays'>;
export type AffectedRejection = Omit<RejectedRow, 'accountId' | 'reason' | 'body'>;

/** What is to be erased among what a turn has looked at; up to which sequence, null when there is nothing behind it. */
export interface Looked<T> {
  affected: T[];
  position: number | null;
}

/** Of rows that were looked up. */
function behind(rows: { seq: number }[]): number | null {
  return rows.length < ERASED_MAX ? null : rows.at(-1)!.seq;
}

// The streams are looked through, not the log: they keep what the log of an account with few `log_days` has dropped. Only one
// event, by its id, is looked up in the log, where it was found to be when the erasure was asked for.

export async function nextEvents(
  { js }: JetStreamConnection,
  manager: EntityManager,
  turn: ErasureTurn,
): Promise<Looked<AffectedEvent>> {
  const { account_id, kind, about } = turn;
  if (kind === 'event') {
    const rows: (Omit<AffectedEvent, 'storedAtMs'> & { storedAt: Date })[] = await manager.query(
      `SELECT id, seq::float8 AS seq, type, key, occurred_at AS "occurredAt", stored_at AS "storedAt", log_days AS "logDays"
       FROM delivery_log.events WHERE account_id = $1 AND id = $2 AND seq > $3 AND seq <= $4 AND erased_at IS NULL
       ORDER BY seq LIMIT ${ERASED_MAX}`,
      [account_id, about, turn.position, turn.events_seq],
    );
    return { affected: rows.map((row) => ({ ...row, storedAtMs: row.storedAt.getTime() })), position: behind(rows) };
  }
  const filter = subjects.event(account_id, '>');
  const [startSeq, endSeq] = [Number(turn.position) + 1, Number(turn.events_seq)];
  const { messages, isEnd } = await readSome(js, { stream: 'EVENTS', filter, startSeq, endSeq, max: ERASED_MAX });
  const events = messages.map(eventRow);
  const isAffected = ({ key, data }: EventRow): boolean =>
    kind === 'record_key' ? key === about : [key ?? '', Buffer.from(data).toString()].some((text) => mentionsEmail(text, about));
  return { affected: events.filter(isAffected), position: isEnd ? null : (events.at(-1)?.seq ?? startSeq - 1) };
}

/** What a rejected event is about was never told apart, so its body is looked into. */
export async function nextRejected(
  { js }: JetStreamConnection,
  manager: EntityManager,
  turn: ErasureTurn,
): Promise<Looked<AffectedRejection>> {
  const { account_id, kind, about } = turn;
  if (kind === 'event') {
    const rows: (Omit<AffectedRejection, 'receivedAtMs'> & { receivedAt: Date })[] = await manager.query(
      `SELECT id, seq::float8 AS seq, code, source, event_id AS "eventId", event_type AS "eventType", received_at AS "receivedAt",
         log_days AS "logDays"
       FROM delivery_log.rejected_events WHERE account_id = $1 AND event_id = $2 AND seq > $3 AND seq <= $4 AND erased_at IS NULL
       ORDER BY seq LIMIT ${ERASED_MAX}`,
      [account_id, about, turn.position, turn.rejected_seq],
    );
    return { affected: rows.map((row) => ({ ...row, receivedAtMs: row.receivedAt.getTime() })), position: behind(rows) };
  }
  const filter = subjects.rejected(account_id);
  const [startSeq, endSeq] = [Number(turn.position) + 1, Number(turn.rejected_seq)];
  const { messages, isEnd } = await readSome(js, { stream: 'REJECTED', filter, startSeq, endSeq, max: ERASED_MAX });
  const rejected = messages.map(rejectedRow);
  const isAffected = ({ body, eventType }: RejectedRow): boolean => {
    const text = Buffer.from(body).toString();
    return kind === 'record_key' ? isAboutRecord(text, eventType, about) : mentionsEmail(text, about);
  };
  return { affected: rejected.filter(isAffected), position: isEnd ? null : (rejected.at(-1)?.seq ?? startSeq - 1) };
}
