import { firstRow, type Sql } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import type { Rejected } from './rejection.js';

/** An accepted event. */
export interface ReceivedEvent {
  id: string;
  seq: string;
  type: string;
  key: string | null;
  occurredAt: string;
  receivedAt: Date;
  /** Empty for an erased event. */
  data: Buffer;
  erasedAt: Date | null;
}

export interface ReceivedRejected extends Rejected {
  eventId: string | null;
  eventType: string | null;
  receivedAt: Date;
  /** Null when it was erased together with the payload. */
  reason: string | null;
}

/** The newest accepted event of an id, and its newest rejection. At least one is not null. */
export interface Received {
  event: ReceivedEvent | null;
  rejected: ReceivedRejected | null;
}

/** Finds an event by its id or by the id of a rejected event. Throws `event_not_found`. */
export async function getReceived(sql: Sql, accountId: string, id: string): Promise<Received> {
  const rejected = await findRejected(sql, accountId, id);
  const ids = rejected?.resentAs ? [id, rejected.resentAs] : [id];
  const event = await firstRow<ReceivedEvent>(
    sql,
    `SELECT id, seq, type, key, occurred_at AS "occurredAt", stored_at AS "receivedAt", data, erased_at AS "erasedAt" FROM delivery_log.events
     WHERE account_id = $1 AND id = ANY($2::text[]) ORDER BY stored_at DESC LIMIT 1`,
    [accountId, ids],
  );
  if (event === null && rejected === null) throw await notFound(sql, accountId, id);
  return { event, rejected };
}

async function findRejected(sql: Sql, accountId: string, id: string): Promise<ReceivedRejected | null> {
  const row = await firstRow<Omit<ReceivedRejected, 'resentAtMs'> & { resentAt: Date | null }>(
    sql,
    `SELECT id, event_id AS "eventId", event_type AS "eventType", received_at AS "receivedAt", code,
       CASE WHEN erased_at IS NULL THEN reason END AS reason, resent_as AS "resentAs", resent_at AS "resentAt"
     FROM delivery_log.rejected_events
     WHERE account_id = $1 AND ${id.startsWith('rej_') ? 'id' : 'event_id'} = $2 ORDER BY received_at DESC LIMIT 1`,
    [accountId, id],
  );
  if (row === null) return null;
  const { resentAt, ...rejected } = row;
  return { ...rejected, resentAtMs: resentAt?.getTime() ?? null };
}

async function notFound(sql: Sql, accountId: string, id: string): Promise<Problem> {
  const test = await firstRow<{ id: string }>(
    sql,
    'SELECT id FROM delivery_log.deliveries WHERE account_id = $1 AND event_id = $2 AND is_test LIMIT 1',
    [accountId, id],
  );
  if (test) return new Problem('event_not_found', `The event is the sample of a test. See the delivery ${test.id}.`);
  return new Problem(
    'event_not_found',
    'No event of this id arrived within the retention of the log (log_days of the account). ' +
      `Check that it was published to crm.${accountId}.<type>, and that the PubAck came, or 202 over HTTP. ` +
      'An event that was accepted just now is in the log after a moment.',
  );
}
