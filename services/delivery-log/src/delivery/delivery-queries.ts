import type { ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import { LOG_DAYS } from '#libs/contracts/src/log-days';
import type { DeliveryRow } from './delivery.row.js';

/** A statement with its values. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** Filters and position of a list of a webhook's deliveries. `after` is the last row of the previous page. */
export interface DeliverySelection extends Pick<ListDeliveriesQuery, 'status' | 'event' | 'since' | 'until'> {
  accountId: string;
  webhookId: string;
  after: { createdAt: string; id: string } | null;
  limit: number;
}

const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC';

/**
 * Selects deliveries, newest first, by the index that fits: by webhook, by webhook and type, or by webhook and status. Unsuccessful
 * deliveries are few and have a small index of their own. The planner takes it only where the text says `status <> 'success'`.
 */
export function selectDeliveries(selection: DeliverySelection): Statement {
  const { conditions, values } = conditionsOf(selection);
  const limit = `$${values.push(selection.limit)}`;
  const statuses = selection.status?.split(',') ?? [];
  // One index range per status, merged. `status = ANY(…)` over one range would read every other status too.
  const ofStatus = statuses.map((status) => {
    const unsuccessful = status === 'success' ? '' : ` AND status <> 'success'`;
    return `${unsuccessful} AND status = $${values.push(status)}`;
  });
  // One range per retention: within it days are in order, so PostgreSQL opens no day beyond the page.
  const ranges = LOG_DAYS.flatMap((days) =>
    (statuses.length === 0 ? [''] : ofStatus).map(
      (more) =>
        `(SELECT * FROM delivery_log.deliveries WHERE ${conditions} AND log_days = ${days}${more} ${NEWEST_FIRST} LIMIT ${limit})`,
    ),
  );
  return { text: `SELECT * FROM (${ranges.join(' UNION ALL ')}) AS found ${NEWEST_FIRST} LIMIT ${limit}`, values };
}

/** Selects the deliveries of these events. A webhook has few of an event. */
export function selectDeliveriesOf(eventIds: string[], selection: DeliverySelection): Statement {
  const { conditions, values } = conditionsOf(selection);
  const statuses = selection.status === undefined ? '' : ` AND status = ANY($${values.push(selection.status.split(','))})`;
  const text = `SELECT * FROM delivery_log.deliveries WHERE ${conditions}${statuses} AND event_id = ANY($${values.push(eventIds)})
    ${NEWEST_FIRST} LIMIT $${values.push(selection.limit)}`;
  return { text, values };
}

/** Selects the answers to deliveries: `n` is the delivery's place in `rows`, `answer_key` is null for an erased event. */
export function selectAnswers(rows: Pick<DeliveryRow, 'id' | 'created_at' | 'event_seq' | 'replay_id'>[]): Statement {
  // OFFSET 0 keeps the planner at one delivery after the other, by primary key, instead of joins with whole tables.
  const text = `
    SELECT looked.n::int, attempt.answer, event.answer_key
    FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::timestamptz[]) WITH ORDINALITY
      AS looked (id, created_at, event_seq, stored_since, n)
    CROSS JOIN LATERAL (
      SELECT answer FROM delivery_log.attempts
      WHERE delivery_id = looked.id AND at >= looked.created_at - interval '1 minute' AND answer IS NOT NULL OFFSET 0
    ) AS attempt
    LEFT JOIN LATERAL (
      SELECT answer_key FROM delivery_log.events
      WHERE seq = looked.event_seq AND stored_at BETWEEN looked.stored_since AND looked.created_at + interval '1 second' OFFSET 0
    ) AS event ON true`;
  return {
    text,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.created_at),
      rows.map((row) => row.event_seq),
      // A delivery is created when its event is stored, up to rounding. A replayed event may be as old as the log.
      rows.map((row) => (row.replay_id === null ? new Date(row.created_at.getTime() - 1_000) : new Date(0))),
    ],
  };
}

function conditionsOf({ accountId, webhookId, event, since, until, after }: DeliverySelection): {
  conditions: string;
  values: unknown[];
} {
  const values: unknown[] = [accountId, webhookId];
  const conditions = ['account_id = $1', 'webhook_id = $2'];
  if (event !== undefined && event !== '*')
    conditions.push(
      event.endsWith('.*')
        ? `starts_with(event_type, $${values.push(event.slice(0, -1))})`
        : `event_type = $${values.push(event)}`,
    );
  if (since !== undefined) conditions.push(`created_at >= $${values.push(new Date(since))}::timestamptz`);
  if (until !== undefined) conditions.push(`created_at < $${values.push(new Date(until))}::timestamptz`);
  // The first condition prunes newer days.
  if (after !== null) {
    const createdAt = `$${values.push(after.createdAt)}::timestamptz`;
    conditions.push(`created_at <= ${createdAt}`, `(created_at, id) < (${createdAt}, $${values.push(after.id)})`);
  }
  return { conditions: conditions.join(' AND '), values };
}
