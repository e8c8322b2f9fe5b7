import type { ListDeliveriesQuery } from '#libs/api/src/delivery.dto';

/** A statement with its values. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** Which deliveries of a webhook are asked for. `after` is the last row of the page before. */
export interface DeliverySelection extends Pick<ListDeliveriesQuery, 'status' | 'event' | 'since' | 'until'> {
  accountId: string;
  webhookId: string;
  after: { createdAt: string; id: string } | null;
  limit: number;
}

const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC';

/**
 * Newest first, by the index that fits: by webhook, by webhook and type, by webhook and status. Those that did not succeed have
 * an index of their own, small because most do, and the planner only takes it where the text says so: hence text made by hand.
 */
export function selectDeliveries(selection: DeliverySelection, columns = '*'): Statement {
  const { conditions, values } = conditionsOf(selection);
  const limit = `$${values.push(selection.limit)}`;
  const statuses = selection.status?.split(',') ?? [];
  const page = (more: string): string =>
    `SELECT ${columns} FROM delivery_log.deliveries WHERE ${conditions}${more} ${NEWEST_FIRST} LIMIT ${limit}`;
  if (statuses.length === 0) return { text: page(''), values };
  // One index range for each status, merged: `status = ANY(…)` over one range would read all that is not asked for.
  const ranges = statuses.map((status) => {
    const unsuccessful = status === 'success' ? '' : ` AND status <> 'success'`;
    return `(${page(`${unsuccessful} AND status = $${values.push(status)}`)})`;
  });
  if (ranges.length === 1) return { text: ranges[0]!.slice(1, -1), values };
  return { text: `SELECT * FROM (${ranges.join(' UNION ALL ')}) AS found ${NEWEST_FIRST} LIMIT ${limit}`, values };
}

/** The deliveries of these events, of which a webhook has few. */
export function selectDeliveriesOf(eventIds: string[], selection: DeliverySelection): Statement {
  const { conditions, values } = conditionsOf(selection);
  const statuses = selection.status === undefined ? '' : ` AND status = ANY($${values.push(selection.status.split(','))})`;
  const text = `SELECT * FROM delivery_log.deliveries WHERE ${conditions}${statuses} AND event_id = ANY($${values.push(eventIds)})
    ${NEWEST_FIRST} LIMIT $${values.push(selection.limit)}`;
  return { text, values };
}

/**
 * Of the newest deliveries, at most `scanned`, those with a response that contains `text`; and, as a row without
 * `is_found`, the last one that was looked at.
 */
export function searchResponses(text: string, selection: DeliverySelection, scanned: number): Statement {
  const { text: newest, values } = selectDeliveries({ ...selection, limit: scanned }, 'id, created_at');
  const search = `$${values.push(text)}`;
  const statement = `
    WITH newest AS MATERIALIZED (${newest}),
    found AS (
      SELECT id, created_at FROM newest
      -- By the primary key, one delivery after the other: an EXISTS would be planned as a join with all attempts there are.
      CROSS JOIN LATERAL (
        SELECT FROM delivery_log.attempts
        WHERE delivery_id = newest.id AND at >= newest.created_at - interval '1 minute' AND strpos(response_body, ${search}) > 0
        LIMIT 1
      ) AS hit
      ${NEWEST_FIRST} LIMIT $${values.push(selection.limit)}
    )
    SELECT delivery.*, true AS is_found FROM found JOIN delivery_log.deliveries delivery USING (id, created_at)
    UNION ALL
    (SELECT delivery.*, false FROM (SELECT id, created_at FROM newest ORDER BY created_at, id LIMIT 1) AS last
     JOIN delivery_log.deliveries delivery USING (id, created_at) WHERE (SELECT count(*) FROM newest) = $${values.push(scanned)})`;
  return { text: `SELECT * FROM (${statement}) AS looked ORDER BY is_found DESC, created_at DESC, id DESC`, values };
}

function conditionsOf({ accountId, webhookId, event, since, until, after }: DeliverySelection): {
  conditions: string;
  values: unknown[];
} {
  const values: unknown[] = [accountId, webhookId];
  const conditions = ['account_id = $1', 'webhook_id = $2'];
  if (event !== undefined) conditions.push(`event_type = $${values.push(event)}`);
  if (since !== undefined) conditions.push(`created_at >= $${values.push(new Date(since))}::timestamptz`);
  if (until !== undefined) conditions.push(`created_at < $${values.push(new Date(until))}::timestamptz`);
  // The first half is what prunes the days that are newer.
  if (after !== null) {
    const createdAt = `$${values.push(after.createdAt)}::timestamptz`;
    conditions.push(`created_at <= ${createdAt}`, `(created_at, id) < (${createdAt}, $${values.push(after.id)})`);
  }
  return { conditions: conditions.join(' AND '), values };
}
