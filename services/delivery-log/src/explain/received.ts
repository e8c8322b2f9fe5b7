import { Problem } from '#libs/problem/src/problem';
import type { EntityManager } from 'typeorm';
import type { Rejected } from './rejection.js';

/** An event as the log has it. */
export interface ReceivedEvent {
  id: string;
  seq: string;
  type: string;
  key: string | null;
  occurredAt: string;
  receivedAt: Date;
  /** Empty when it was erased. */
  data: Buffer;
  erasedAt: Date | null;
}

export interface ReceivedRejected extends Rejected {
  eventId: string | null;
  eventType: string | null;
  receivedAt: Date;
  reason: string;
}

/** The newest event of an id, and the last one of it that was not accepted: at least one of them. */
export interface Received {
  event: ReceivedEvent | null;
  rejected: ReceivedRejected | null;
}

/** `id` is an event's or a rejected event's. Throws `event_not_found`. */
export async function received(manager: EntityManager, accountId: string, id: string): Promise<Received> {
  const rejected = await lastRejected(manager, accountId, id);
  const ids = rejected?.resentAs ? [id, rejected.resentAs] : [id];
  const [event]: ReceivedEvent[] = await manager.query(
    `SELECT id, seq, type, key, occurred_at AS "occurredAt", stored_at AS "receivedAt", data, erased_at AS "erasedAt" FROM delivery_log.events
     WHERE account_id = $1 AND id = ANY($2::text[]) ORDER BY stored_at DESC LIMIT 1`,
    [accountId, ids],
  );
  if (!event && !rejected) throw await notFound(manager, accountId, id);
  return { event: event ?? null, rejected };
}

async function lastRejected(manager: EntityManager, accountId: string, id: string): Promise<ReceivedRejected | null> {
  const [row]: (Omit<ReceivedRejected, 'resentAtMs'> & { resentAt: Date | null })[] = await manager.query(
    `SELECT id, event_id AS "eventId", event_type AS "eventType", received_at AS "receivedAt", code, CASE WHEN erased_at IS NULL THEN reason ELSE 'why is erased with it' END AS reason,
       resent_as AS "resentAs", resent_at AS "resentAt"
     FROM delivery_log.rejected_events
     WHERE account_id = $1 AND ${id.startsWith('rej_') ? 'id' : 'event_id'} = $2 ORDER BY received_at DESC LIMIT 1`,
    [accountId, id],
  );
  if (!row) return null;
  const { resentAt, ...rejected } = row;
  return { ...rejected, resentAtMs: resentAt?.getTime() ?? null };
}

async function notFound(manager: EntityManager, accountId: string, id: string): Promise<Problem> {
  const [test]: { id: string }[] = await manager.query(
    'SELECT id FROM delivery_log.deliveries WHERE account_id = $1 AND event_id = $2 AND is_test LIMIT 1',
    [accountId, id],
  );
  if (test) return new Problem('event_not_found', `This is the sample of a test: see the delivery ${test.id}.`);
  return new Problem(
    'event_not_found',
    'No event of this id reached Tidings within the days that the log shows, log_days of the account when it came. ' +
      `Look whether it was published to crm.${accountId}.<type>, and ` +
      'whether the PubAck, or the 202 over HTTP, came. What has just been accepted is in the log after a moment.',
  );
}
