import { rows, type Sql } from '#libs/postgres/src/rows';

/** Tables that the projection writes, so that the streams can make them again. Replays and erasures are stored nowhere else. */
export const PROJECTED_TABLES = ['events', 'deliveries', 'attempts', 'decisions', 'webhook_hours', 'rejected_events'];

/**
 * Empties the log and sets its positions to the beginning. Within a second every projection notices that its position has moved, and
 * reads everything again. Until then the log shows what has been read so far; no other service is affected.
 */
export async function rebuild(sql: Sql): Promise<void> {
  // Waits for a batch that is being written; the next batch waits for this transaction.
  await rows(sql, 'LOCK TABLE delivery_log.positions IN EXCLUSIVE MODE');
  await rows(sql, `TRUNCATE ${PROJECTED_TABLES.map((table) => `delivery_log.${table}`).join(', ')}`);
  await rows(sql, 'UPDATE delivery_log.positions SET seq = 0');
}
