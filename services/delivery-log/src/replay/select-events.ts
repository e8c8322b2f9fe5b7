import { patternsOf } from '#libs/matching/src/event-pattern';
import { rows, type Sql } from '#libs/postgres/src/rows';
import type { ReplayRow } from './replay.row.js';

/** Events of a replay. Fixed when the replay is created: an event stored later does not belong to it. */
export type Selection = Pick<ReplayRow, 'account_id' | 'webhook_id' | 'since' | 'until' | 'statuses' | 'events' | 'events_seq'>;

/** An event that a replay looks at, and whether the replay selects it. */
export interface LookedAt {
  seq: string;
  id: string;
  type: string;
  key: string | null;
  occurred_at: string;
  stored_at: Date;
  is_selected: boolean;
}

/** Selected events by type. */
export type Counts = Map<string, number>;

const COLUMNS = 'seq, id, type, key, occurred_at, stored_at';

// $1 account, $2 from, $3 until, $4 last sequence; where statuses matter, $5 webhook and $6 statuses.
const IN_TIME = 'account_id = $1 AND stored_at >= $2 AND stored_at < $3 AND seq <= $4 AND erased_at IS NULL';
const OF_STATUS = 'account_id = $1 AND webhook_id = $5 AND status = ANY($6) AND replay_id IS NULL AND NOT is_test';
/** A delivery is created when its event is stored. Rounded in two ways, the two times may differ by a millisecond. */
const SAME_TIME = `BETWEEN event.stored_at - interval '1 second' AND event.stored_at + interval '1 second'`;

/** Selects `seq`, `type`, `at` of each. The index of unsuccessful deliveries is used where the text says `status <> 'success'`. */
function candidates({ statuses }: Selection): string {
  if (statuses === null) return `SELECT seq, type, stored_at AS at FROM delivery_log.events WHERE ${IN_TIME}`;
  return `SELECT event_seq AS seq, event_type AS type, created_at AS at FROM delivery_log.deliveries
    WHERE ${OF_STATUS} AND created_at >= $2 AND created_at < $3 AND event_seq <= $4
      ${statuses.includes('success') ? '' : `AND status <> 'success'`}`;
}

function valuesOf({ account_id, webhook_id, until, statuses, events_seq }: Selection, from: Date): unknown[] {
  return [account_id, from, until, events_seq, ...(statuses === null ? [] : [webhook_id, statuses])];
}

/** Counts selected events by type. An event that was published again after the deduplication window counts each time. */
export async function countSelected(sql: Sql, selection: Selection): Promise<Counts> {
  const counted = await rows<{ type: string; count: number }>(
    sql,
    `SELECT type, count(*)::int AS count FROM (${candidates(selection)}) candidate GROUP BY type`,
    valuesOf(selection, selection.since),
  );
  return new Map(counted.filter(({ type }) => isAsked(selection, type)).map(({ type, count }) => [type, count]));
}

/** Returns the newest selected events of these types, newest first. */
export async function newestSelected(sql: Sql, selection: Selection, types: string[], limit: number): Promise<LookedAt[]> {
  const values = valuesOf(selection, selection.since);
  const [ofTypes, most] = [`$${values.length + 1}`, `$${values.length + 2}`];
  return rows(
    sql,
    `SELECT ${COLUMNS}, TRUE AS is_selected
     FROM (SELECT seq AS newest_seq, at FROM (${candidates(selection)}) candidate
           WHERE type = ANY(${ofTypes}) ORDER BY at DESC, seq DESC LIMIT ${most}) newest
     JOIN delivery_log.events event ON seq = newest_seq AND at ${SAME_TIME} AND erased_at IS NULL ORDER BY at DESC, seq DESC`,
    [...values, types, limit],
  );
}

/**
 * Returns the next events after the position, selected or not, so that a turn's work has a bound even where few are selected. Only
 * the last of several events with the same id is selected: an event may be published again after the deduplication window.
 */
export async function lookOn(
  sql: Sql,
  selection: Selection,
  position: Pick<ReplayRow, 'position_at' | 'position_seq'>,
  limit: number,
): Promise<LookedAt[]> {
  const values = valuesOf(selection, position.position_at);
  const [seq, most] = [`$${values.length + 1}`, `$${values.length + 2}`];
  // The time selects partitions; `event_seq` is exact.
  const hasStatus = `EXISTS (
    SELECT FROM delivery_log.deliveries
    WHERE ${OF_STATUS} AND event_id = event.id AND event_seq = event.seq AND created_at ${SAME_TIME})`;
  const events = await rows<LookedAt>(
    sql,
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
  return events.map((row) => ({ ...row, is_selected: row.is_selected && isAsked(selection, row.type) }));
}

/** Reads the JSON text of `data`, by sequence. */
export async function dataOf(sql: Sql, events: LookedAt[]): Promise<Map<string, Buffer>> {
  const times = events.map(({ stored_at }) => stored_at.getTime());
  const stored = await rows<{ seq: string; data: Buffer }>(
    sql,
    'SELECT seq, data FROM delivery_log.events WHERE seq = ANY($1::bigint[]) AND stored_at BETWEEN $2 AND $3',
    [events.map(({ seq }) => seq), new Date(Math.min(...times)), new Date(Math.max(...times))],
  );
  return new Map(stored.map(({ seq, data }) => [seq, data]));
}

function isAsked({ events }: Selection, type: string): boolean {
  return patternsOf(type).some((pattern) => events.includes(pattern));
}
