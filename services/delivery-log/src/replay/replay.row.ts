import { rows, type Sql } from '#libs/postgres/src/rows';
import type { ReplayableStatus, ReplayReason, ReplayStatus, ReplayView } from '#libs/api/src/replay.dto';

/** Columns of `replays` that are read. */
export interface ReplayRow {
  id: string;
  account_id: string;
  webhook_id: string;
  created_at: Date;
  created_by: string;
  since: Date;
  until: Date;
  statuses: ReplayableStatus[] | null;
  events: string[];
  rate_per_second: number | null;
  /** Last event in EVENTS when the replay was created. Later events do not belong to it. */
  events_seq: string;
  total: number;
  /** Deliveries put into REPLAYS. */
  sent: number;
  skipped: number;
  /** Time of the last event looked at. */
  position_at: Date;
  position_seq: string;
  status: ReplayStatus;
  reason: ReplayReason | null;
  finished_at: Date | null;
}

/** A replay's deliveries in the log, by status. */
export interface ReplayCounts {
  succeeded: number;
  failed: number;
  cancelled: number;
  /** All of them. */
  known: number;
}

export const NO_DELIVERIES: ReplayCounts = { succeeded: 0, failed: 0, cancelled: 0, known: 0 };

export function replayView(row: ReplayRow, { succeeded, failed, cancelled, known }: ReplayCounts): ReplayView {
  // Deliveries that were taken back were not sent. Deliveries that had begun are in the log, or will be in a moment.
  const isTakenBack = row.reason === 'by_user' || row.reason === 'expired';
  const sent = isTakenBack ? known : Math.max(row.sent, known);
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    status: row.status,
    reason: row.reason,
    since: row.since.toISOString(),
    until: row.until.toISOString(),
    statuses: row.statuses,
    events: row.events,
    total: row.total,
    sent,
    skipped: row.skipped,
    succeeded,
    failed,
    cancelled,
    pending: sent - succeeded - failed - cancelled,
    rate_per_second: row.rate_per_second,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

/** Counts the deliveries of these replays by replay id. A replay without a delivery in the log is missing. */
export async function countsOf(sql: Sql, replays: ReplayRow[]): Promise<Map<string, ReplayCounts>> {
  // A replay's deliveries have its time, which selects their partition.
  const counted = await rows<ReplayCounts & { replay_id: string }>(
    sql,
    `SELECT replay_id, count(*)::int AS known, count(*) FILTER (WHERE status = 'success')::int AS succeeded,
       count(*) FILTER (WHERE status = 'failed')::int AS failed, count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled
     FROM delivery_log.deliveries WHERE replay_id = ANY($1) AND created_at = ANY($2) GROUP BY replay_id`,
    [replays.map(({ id }) => id), replays.map(({ created_at }) => created_at)],
  );
  return new Map(counted.map(({ replay_id, ...counts }) => [replay_id, counts]));
}
