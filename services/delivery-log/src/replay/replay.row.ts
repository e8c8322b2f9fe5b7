import type { ReplayableStatus, ReplayReason, ReplayStatus, ReplayView } from '#libs/api/src/replay.dto';

/** A row of `replays`, as far as anybody reads it. */
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
  /** The last event that was stored when it was made. */
  events_seq: string;
  total: number;
  /** Put into REPLAYS. */
  sent: number;
  skipped: number;
  /** The last event looked at. */
  position_at: Date;
  position_seq: string;
  status: ReplayStatus;
  reason: ReplayReason | null;
  finished_at: Date | null;
}

/** What became of a replay's deliveries, as far as the log knows of them. */
export interface ReplayCounts {
  succeeded: number;
  failed: number;
  cancelled: number;
  /** All that there are. */
  known: number;
}

export const NOTHING_KNOWN: ReplayCounts = { succeeded: 0, failed: 0, cancelled: 0, known: 0 };

export function replayView(row: ReplayRow, { succeeded, failed, cancelled, known }: ReplayCounts): ReplayView {
  // What was taken back is not sent; what had begun is known, or will be in a moment.
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
