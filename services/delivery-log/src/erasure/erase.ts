import type { ErasedEvent, ErasedRejection, Erasure } from '#libs/contracts/src/erasure';
import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { RECORDS_BUCKET, type RecordHistory } from '#libs/contracts/src/record-history';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { consumedMessage } from '#libs/jetstream/src/stream-message';
import type { Sql } from '#libs/postgres/src/rows';
import type { JsMsg } from '@nats-io/jetstream';
import { insertRows, timeOf, type Columns } from '../insert-rows.js';

// The end of an erasure, carried out when its message in ERASED is read, and again when it is read again.

const AT_ONCE_MAX = 32;
const NO_VALUES: RecordHistory = { v: 1, values: {} };

/** An erased event or rejected event with its account, the time of its erasure, ms, and its retention. */
export type Erased<T> = T & { accountId: string; erasedAtMs: number; logDays: LogDays };

/** Lists the events, or the rejected events, that a message in ERASED names. */
export function erasedIn<K extends 'events' | 'rejected'>(msg: JsMsg, kind: K): Erased<Erasure[K][number]>[] {
  const { subject, storedAtMs: erasedAtMs } = consumedMessage(msg);
  const accountId = subject.split('.')[2]!;
  const { [kind]: erased } = msg.json<Erasure>();
  return erased.map((one) => ({ ...one, accountId, erasedAtMs, logDays: logDaysIn(one.logDays) }));
}

/**
 * Removes the erased messages from EVENTS and REJECTED, and the values of their records. A message that is gone already is no
 * problem. JetStream overwrites the bytes of a message that is deleted this way.
 */
export async function removeFromStreams({ js, jsm }: JetStreamConnection, erasures: Erasure[]): Promise<void> {
  const erased: [stream: string, seq: number][] = erasures.flatMap(({ events, rejected }) => [
    ...events.map(({ seq }): [string, number] => ['EVENTS', seq]),
    ...rejected.map(({ seq }): [string, number] => ['REJECTED', seq]),
  ]);
  await someAtOnce(erased, async ([stream, seq]) => {
    await jsm.streams.deleteMessage(stream, seq, true).catch(async (error: unknown) => {
      if ((await jsm.streams.getMessage(stream, { seq })) !== null) throw error;
    });
  });
  // A fingerprint confirms a guessed value, so it goes too. Dispatch sees that another process wrote, and reads again.
  const records = new Set(erasures.flatMap(({ events }) => events.flatMap(({ record }) => record ?? [])));
  await someAtOnce([...records], async (key) => {
    const subject = `$KV.${RECORDS_BUCKET}.${key}`;
    const known = await jsm.streams.getMessage(`KV_${RECORDS_BUCKET}`, { last_by_subj: subject });
    if (known !== null) await js.publish(subject, JSON.stringify(NO_VALUES));
  });
}

const EVENT_COLUMNS: Columns<Erased<ErasedEvent>> = {
  account_id: ['text', (row) => row.accountId],
  id: ['text', (row) => row.id],
  seq: ['bigint', (row) => row.seq],
  type: ['text', (row) => row.type],
  occurred_at: ['text', (row) => row.occurredAt],
  stored_at: ['timestamptz', (row) => timeOf(row.storedAtMs)],
  data: ['bytea', () => Buffer.alloc(0)],
  erased_at: ['timestamptz', (row) => timeOf(row.erasedAtMs)],
  log_days: ['smallint', (row) => row.logDays],
};

/**
 * Empties the rows of erased events. A rebuild may read ERASED before EVENTS, or find no event any more: then it writes the same
 * row from ERASED alone. The first time of an erasure counts.
 */
export function writeErasedEvents(sql: Sql, events: Erased<ErasedEvent>[]): Promise<void> {
  const onConflict = `(seq, stored_at, log_days) DO UPDATE
    SET data = '', key = NULL, warnings = NULL, answer_key = NULL, erased_at = coalesce(known.erased_at, excluded.erased_at)`;
  return insertRows(sql, 'events', EVENT_COLUMNS, firstOf(events), onConflict);
}

const REJECTED_COLUMNS: Columns<Erased<ErasedRejection>> = {
  received_at: ['timestamptz', (row) => timeOf(row.receivedAtMs)],
  id: ['text', (row) => row.id],
  account_id: ['text', (row) => row.accountId],
  code: ['text', (row) => row.code],
  reason: ['text', () => ''],
  source: ['text', (row) => row.source],
  event_id: ['text', (row) => row.eventId],
  event_type: ['text', (row) => row.eventType],
  body: ['bytea', () => Buffer.alloc(0)],
  seq: ['bigint', (row) => row.seq],
  erased_at: ['timestamptz', (row) => timeOf(row.erasedAtMs)],
  log_days: ['smallint', (row) => row.logDays],
};

/** Empties the rows of erased rejected events, as `writeErasedEvents` does. */
export function writeErasedRejections(sql: Sql, rejected: Erased<ErasedRejection>[]): Promise<void> {
  const onConflict = `(received_at, id, log_days) DO UPDATE
    SET body = '', reason = '', erased_at = coalesce(known.erased_at, excluded.erased_at)`;
  return insertRows(sql, 'rejected_events', REJECTED_COLUMNS, firstOf(rejected), onConflict);
}

/** A batch may name the same message twice. */
function firstOf<T extends { seq: number }>(rows: T[]): T[] {
  const first = new Map<number, T>();
  for (const row of rows) if (!first.has(row.seq)) first.set(row.seq, row);
  return [...first.values()];
}

async function someAtOnce<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let begin = 0; begin < all.length; begin += AT_ONCE_MAX)
    await Promise.all(all.slice(begin, begin + AT_ONCE_MAX).map(work));
}
