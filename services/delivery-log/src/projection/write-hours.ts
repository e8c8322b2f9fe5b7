import type { EntityManager } from 'typeorm';
import type { HourOfWebhook } from './fold-hours.js';
import { at, atOrNull } from './write-rows.js';

/** Adds to what is counted. A success in the batch ends the run of failures before it. */
export async function writeHours(manager: EntityManager, rows: HourOfWebhook[]): Promise<void> {
  if (rows.length === 0) return;
  const run = (column: string, otherwise: string): string =>
    `${column} = CASE WHEN excluded.last_success_at IS NOT NULL OR known.failing_since IS NULL THEN excluded.${column}
       WHEN excluded.failing_since IS NULL THEN known.${column} ELSE ${otherwise} END`;
  await manager.query(
    `INSERT INTO delivery_log.webhook_hours AS known (
       account_id, webhook_id, hour, succeeded, failed, cancelled, attempts, attempts_failed, response_times,
       last_success_at, failing_since, last_failure_at, failing_with, is_mixed)
     SELECT account_id, webhook_id, hour, succeeded, failed, cancelled, attempts, attempts_failed, response_times::integer[],
       last_success_at, failing_since, last_failure_at, failing_with, is_mixed
     FROM unnest(
       $1::text[], $2::text[], $3::timestamptz[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::text[],
       $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::boolean[])
       AS added (account_id, webhook_id, hour, succeeded, failed, cancelled, attempts, attempts_failed, response_times,
         last_success_at, failing_since, last_failure_at, failing_with, is_mixed)
     ON CONFLICT (account_id, webhook_id, hour) DO UPDATE SET
       ${['succeeded', 'failed', 'cancelled', 'attempts', 'attempts_failed'].map((column) => `${column} = known.${column} + excluded.${column}`).join(', ')},
       response_times = ARRAY(
         SELECT coalesce(one, 0) + coalesce(other, 0)
         FROM unnest(known.response_times, excluded.response_times) WITH ORDINALITY AS both_of (one, other, bucket) ORDER BY bucket),
       last_success_at = coalesce(excluded.last_success_at, known.last_success_at),
       ${run('failing_since', 'known.failing_since')},
       ${run('last_failure_at', 'excluded.last_failure_at')},
       ${run('failing_with', 'excluded.failing_with')},
       ${run('is_mixed', 'known.is_mixed OR excluded.is_mixed OR known.failing_with <> excluded.failing_with')}`,
    [
      rows.map((row) => row.accountId),
      rows.map((row) => row.webhookId),
      rows.map((row) => at(row.hourMs)),
      rows.map((row) => row.succeeded),
      rows.map((row) => row.failed),
      rows.map((row) => row.cancelled),
      rows.map((row) => row.attempts),
      rows.map((row) => row.attemptsFailed),
      rows.map((row) => `{${row.responseTimes.join(',')}}`),
      rows.map((row) => atOrNull(row.lastSuccessAtMs)),
      rows.map((row) => atOrNull(row.failingSinceMs)),
      rows.map((row) => atOrNull(row.lastFailureAtMs)),
      rows.map((row) => row.failingWith),
      rows.map((row) => row.isMixed),
    ],
  );
}
