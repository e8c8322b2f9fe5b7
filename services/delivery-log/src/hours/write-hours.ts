import type { Sql } from '#libs/postgres/src/rows';
import { insertRows, timeOf, type Columns } from '../insert-rows.js';
import type { HourOfWebhook } from './fold-hours.js';

const COLUMNS: Columns<HourOfWebhook> = {
  account_id: ['text', (row) => row.accountId],
  webhook_id: ['text', (row) => row.webhookId],
  hour: ['timestamptz', (row) => timeOf(row.hourMs)],
  succeeded: ['integer', (row) => row.succeeded],
  failed: ['integer', (row) => row.failed],
  cancelled: ['integer', (row) => row.cancelled],
  attempts: ['integer', (row) => row.attempts],
  attempts_failed: ['integer', (row) => row.attemptsFailed],
  response_times: ['text', (row) => `{${row.responseTimes.join(',')}}`],
  last_success_at: ['timestamptz', (row) => timeOf(row.lastSuccessAtMs)],
  failing_since: ['timestamptz', (row) => timeOf(row.failingSinceMs)],
  last_failure_at: ['timestamptz', (row) => timeOf(row.lastFailureAtMs)],
  failing_with: ['text', (row) => row.failingWith],
  is_mixed: ['boolean', (row) => row.isMixed],
};

const COUNTS = ['succeeded', 'failed', 'cancelled', 'attempts', 'attempts_failed'];

/** Adds to the stored counts. A success in the batch ends the stored run of failures. */
export function writeHours(sql: Sql, rows: HourOfWebhook[]): Promise<void> {
  const onConflict = `(account_id, webhook_id, hour) DO UPDATE SET
    ${COUNTS.map((column) => `${column} = known.${column} + excluded.${column}`).join(', ')},
    response_times = ARRAY(
      SELECT coalesce(one, 0) + coalesce(other, 0)
      FROM unnest(known.response_times, excluded.response_times) WITH ORDINALITY AS both_of (one, other, bucket) ORDER BY bucket),
    last_success_at = coalesce(excluded.last_success_at, known.last_success_at),
    ${ofRun('failing_since', 'known.failing_since')},
    ${ofRun('last_failure_at', 'excluded.last_failure_at')},
    ${ofRun('failing_with', 'excluded.failing_with')},
    ${ofRun('is_mixed', 'known.is_mixed OR excluded.is_mixed OR known.failing_with <> excluded.failing_with')}`;
  return insertRows(sql, 'webhook_hours', COLUMNS, rows, onConflict, { response_times: 'integer[]' });
}

/** Sets a column of the run of failures. `whenLonger` is its value when both the stored hour and the batch have failures. */
function ofRun(column: string, whenLonger: string): string {
  return `${column} = CASE WHEN excluded.last_success_at IS NOT NULL OR known.failing_since IS NULL THEN excluded.${column}
    WHEN excluded.failing_since IS NULL THEN known.${column} ELSE ${whenLonger} END`;
}
