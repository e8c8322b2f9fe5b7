import type { EntityManager } from 'typeorm';

/** What the projection writes: everything that the streams can tell again. Replays are asked for here and told nowhere else. */
export const PROJECTED_TABLES = ['events', 'deliveries', 'attempts', 'decisions', 'webhook_hours', 'rejected_events'];

/**
 * Empties the log and sets its positions to the beginning: whoever projects finds within a second that its position has
 * moved, and reads everything again. Until it has, the log shows only what was read so far; nothing else notices.
 */
export async function rebuild(manager: EntityManager): Promise<void> {
  // Waits for a batch that is being written; the next one waits for us.
  await manager.query('LOCK TABLE delivery_log.positions IN EXCLUSIVE MODE');
  await manager.query(`TRUNCATE ${PROJECTED_TABLES.map((table) => `delivery_log.${table}`).join(', ')}`);
  await manager.query('UPDATE delivery_log.positions SET seq = 0');
}
