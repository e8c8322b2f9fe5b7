import type { WebhookStatsQuery, WebhookStatsView } from '#libs/api/src/statistics.dto';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const DAY_MS = 24 * 60 * 60 * 1_000;

interface Counts {
  success: number;
  failed: number;
  cancelled: number;
  pending: number;
  p50: number | null;
  p95: number | null;
}

/** How a webhook does: what became of its deliveries, from the log, and what waits at this moment, from the streams. */
@Injectable()
export class WebhookStatistics {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Of the deliveries created since `since`, the last day by default. */
  async get(accountId: string, webhookId: string, query: WebhookStatsQuery): Promise<WebhookStatsView> {
    const since = query.since === undefined ? new Date(Date.now() - DAY_MS) : new Date(query.since);
    const partition = partitionOf(accountId);
    const [counts, retries, lane] = await Promise.all([
      this.counts(accountId, webhookId, since),
      this.waiting('RETRIES', subjects.retry(partition, webhookId)),
      this.waiting('LANES', subjects.lane(partition, webhookId)),
    ]);
    const ended = counts.success + counts.failed;
    return {
      since: since.toISOString(),
      success: counts.success,
      failed: counts.failed,
      cancelled: counts.cancelled,
      success_rate: ended === 0 ? null : counts.success / ended,
      p50_response_time_ms: counts.p50,
      p95_response_time_ms: counts.p95,
      pending: counts.pending,
      pending_retry: retries.count,
      held: lane.count,
      oldest_held_at: lane.oldestMs === null ? null : new Date(lane.oldestMs).toISOString(),
    };
  }

  private async counts(accountId: string, webhookId: string, since: Date): Promise<Counts> {
    const [row]: Counts[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT count(*) FILTER (WHERE status = 'success')::int AS success,
              count(*) FILTER (WHERE status = 'failed')::int AS failed,
              count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
              count(*) FILTER (WHERE status = 'pending')::int AS pending,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY response_time_ms) AS p50,
              percentile_disc(0.95) WITHIN GROUP (ORDER BY response_time_ms) AS p95
       FROM delivery_log.deliveries WHERE account_id = $1 AND webhook_id = $2 AND created_at >= $3 AND NOT is_test`,
        [accountId, webhookId, since],
      ),
    );
    return row!;
  }

  /** What waits under a subject, and since when the oldest of it. */
  private async waiting(stream: 'RETRIES' | 'LANES', subject: string): Promise<{ count: number; oldestMs: number | null }> {
    const { jsm } = this.connection;
    const { state } = await jsm.streams.info(stream, { subjects_filter: subject });
    const count = state.subjects?.[subject] ?? 0;
    if (count === 0) return { count, oldestMs: null };
    const oldest = await jsm.direct.getMessage(stream, { next_by_subj: subject, seq: 1 });
    return { count, oldestMs: oldest === null ? null : oldest.json<{ createdAtMs: number }>().createdAtMs };
  }
}
