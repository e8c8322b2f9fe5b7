import { patternsOf } from '#libs/matching/src/event-pattern';
import type { EntityManager } from 'typeorm';
import type { ReplayRow } from './replay.row.js';

/** Which events a replay is about. Fixed when it is made: nothing that is stored later belongs to it. */
export type Selection = Pick<ReplayRow, 'account_id' | 'webhook_id' | 'since' | 'until' | 'statuses' | 'events' | 'events_seq'>;

/** An event as a replay looks at it. */
export interface LookedAt {
  seq: string;
  id: string;
  type: string;
  key: string | null;
  occurred_at: string;
  stored_at: Date;
  is_selected: boolean;
}

/** How many events of each type are selected. */
export type Counts = Map<string, number>;

const COLUMNS = 'seq, id, type, key, occurred_at, stored_at';

// $1 account, $2 from, $3 until, $4 last sequence; where statuses matter, $5 webhook and $6 statuses.
const IN_TIME = 'account_id = $1 AND stored_at >= $2 AND stored_at < $3 AND seq <= $4 AND erased_at IS NULL';
const OF_STATUS = 'account_id = $1 AND webhook_id = $5 AND status = ANY($6) AND replay_id IS NULL AND NOT is_test';
/** A delivery is created when its event is stored. Read from the message in two ways, the two times may differ by a millisecond. */
const SAME_TIME = `BETWEEN event.stored_at - interval '1 second' AND event.stored_at + interval '1 second'`;

/** Each as `seq`, `type`, `at`. Those that did not succeed have an index of their own, where the text says so. */
function candidates({ statuses }: Selection): string {
  if (statuses === null) return `SELECT seq, type, stored_at AS at FROM delivery_log.events WHERE ${IN_TIME}`;
  return `SELECT event_seq AS seq, event_type AS type, created_at AS at FROM delivery_log.deliveries
    WHERE ${OF_STATUS} AND created_at >= $2 AND created_at < $3 AND event_seq <= $4
      ${statuses.includes('success') ? '' : `AND status <> 'success'`}`;
}

function valuesOf({ account_id, webhook_id, until, statuses, events_seq }: Selection, from: Date): unknown[] {
  return [account_id, from, until, events_seq, ...(statuses === null ? [] : [webhook_id, statuses])];
}

/** Selected events by type; of those that were published again after the window each one counts. */
export async function countSelected(manager: EntityManager, selection: Selection): Promise<Counts> {
  const rows: { type: string; count: number }[] = await manager.query(
    `SELECT type, count(*)::int AS count FROM (${candidates(selection)}) candidate GROUP BY type`,
    valuesOf(selection, selection.since),
  );
  return new Map(rows.filter(({ type }) => isAsked(selection, type)).map(({ type, count }) => [type, count]));
}

/** Newest first, of these types. */
export async function newestSelected(
  manager: EntityManager,
  selection: Selection,
  types: string[],
  limit: number,
): Promise<LookedAt[]> {
  const values = valuesOf(selection, selection.since);
  const [ofTypes, most] = [`$${values.length + 1}`, `$${values.length + 2}`];
  return manager.query(
    `SELECT ${COLUMNS}, TRUE AS is_selected
     FROM (SELECT seq AS newest_seq, at FROM (${candidates(selection)}) candidate
           WHERE type = ANY(${ofTypes}) ORDER BY at DESC, seq DESC LIMIT ${most}) newest
     JOIN delivery_log.events event ON seq = newest_seq AND at ${SAME_TIME} AND erased_at IS NULL ORDER BY at DESC, seq DESC`,
    [...values, types, limit],
  );
}

/**
 * The next events after the position, at most so many, selected or not: what a turn looks at has a bound, however few there are to
 * be found. Of an event that was published again after the window, with the same id, only the last is selected.
 */
export async function lookOn(
  manager: EntityManager,
  selection: Selection,
  position: Pick<ReplayRow, 'position_at' | 'position_seq'>,
  limit: number,
): Promise<LookedAt[]> {
  const values = valuesOf(selection, position.position_at);
  const [seq, most] = [`$${values.length + 1}`, `$${values.length + 2}`];
  // The times are there because the tables are partitioned by them; `event_seq` is what is exact.
  const hasStatus = `EXISTS (
    SELECT FROM delivery_log.deliveries
    WHERE ${OF_STATUS} AND event_id = event.id AND event_seq = event.seq AND created_at ${SAME_TIME})`;
  const rows: LookedAt[] = await manager.query(
    `WITH looked_at AS MATERIALIZED (
       SELECT ${COLUMNS} FROM delivery_log.events
       WHERE ${IN_TIME} AND (stored_at, seq) > ($2, ${seq}::bigint) ORDER BY stored_at, seq LIMIT ${most})
     SELECT event.*, ${selection.statuses === null ? 'TRUE' : hasStatus} AND NOT EXISTS (
         SELECT FROM delivery_log.events again
         WHERE again.account_id = $1 AND again.id = event.id AND again.seq > event.seq AND again.seq <= $4
           AND again.stored_at >= event.stored_at AND again.stored_at < $3) AS is_selected
     FROM looked_at event ORDER BY stored_at, seq`,
    [...values, position.position_seq, limit],
  );
  return rows.map((row) => ({ ...row, is_selected: row.is_selected && isAsked(selection, row.type) }));
}

/** The JSON text of `data`, by sequence. */
export async function dataOf(manager: EntityManager, events: LookedAt[]): Promise<Map<string, Buffer>> {
  const times = events.map(({ stored_at }) => stored_at.getTime());
  const rows: { seq: string; data: Buffer }[] = await manager.query(
    'SELECT seq, data FROM delivery_log.events WHERE seq = ANY($1::bigint[]) AND stored_at BETWEEN $2 AND $3',
    [events.map(({ seq }) => seq), new Date(Math.min(...times)), new Date(Math.max(...times))],
  );
  return new Map(rows.map(({ seq, data }) => [seq, data]));
}

function isAsked({ events }: Selection, type: string): boolean {
  return patternsOf(type).some((pattern) => events.includes(pattern));
}
