import { rows, type Sql } from '#libs/postgres/src/rows';
import type { FailureRun, HourCounts } from './hour-counts.js';

type HourRow = HourCounts & { hour: Date };

interface RunRow {
  last_success_at: Date | null;
  failing_since: Date | null;
  last_failure_at: Date | null;
  failing_with: string | null;
  is_mixed: boolean;
}

/** Reads the counts of each hour in a time range, oldest first. `webhookId` is WHOLE_ACCOUNT for the account's own rows. */
export async function hoursOf(
  sql: Sql,
  accountId: string,
  webhookId: string,
  fromMs: number,
  toMs: number,
): Promise<(HourCounts & { hourMs: number })[]> {
  const hours = await rows<HourRow>(
    sql,
    `SELECT hour, succeeded, failed, cancelled, attempts, attempts_failed AS "attemptsFailed", response_times AS "responseTimes"
     FROM delivery_log.webhook_hours WHERE account_id = $1 AND webhook_id = $2 AND hour >= $3 AND hour < $4 ORDER BY hour`,
    [accountId, webhookId, new Date(fromMs), new Date(toMs)],
  );
  return hours.map(({ hour, ...counts }) => ({ ...counts, hourMs: hour.getTime() }));
}

/** Reads a webhook's last success and the failures since then. */
export async function lastRunOf(sql: Sql, accountId: string, webhookId: string): Promise<FailureRun> {
  const hours = await rows<RunRow>(
    sql,
    `SELECT last_success_at, failing_since, last_failure_at, failing_with, is_mixed FROM delivery_log.webhook_hours
     WHERE account_id = $1 AND webhook_id = $2 AND hour >= coalesce((
       SELECT max(hour) FROM delivery_log.webhook_hours
       WHERE account_id = $1 AND webhook_id = $2 AND last_success_at IS NOT NULL), '-infinity')
     ORDER BY hour`,
    [accountId, webhookId],
  );
  const failing = hours.filter((row) => row.failing_since !== null);
  const last = failing.at(-1);
  return {
    lastSuccessAtMs: hours[0]?.last_success_at?.getTime() ?? null,
    failing: last
      ? {
          sinceMs: failing[0]!.failing_since!.getTime(),
          lastAtMs: last.last_failure_at!.getTime(),
          withAnswer: last.failing_with!,
          isMixed: failing.some((row) => row.is_mixed || row.failing_with !== last.failing_with),
        }
      : null,
  };
}
