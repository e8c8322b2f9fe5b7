import type { StatsQuery, WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { WebhookCondition } from '#libs/contracts/src/webhook-history';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { HOUR_MS } from '#libs/contracts/src/time';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount } from '#libs/postgres/src/database';
import { firstRow } from '#libs/postgres/src/rows';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hoursOf, lastRunOf } from '../hours/read-hours.js';
import { healthSentence, type Doing } from './health-sentence.js';
import { rangeOf, seriesOf, totalOf, type StatsRange } from './series.js';

interface Counts {
  succeeded: number;
  failed: number;
  cancelled: number;
  pending: number;
  p50: number | null;
  p95: number | null;
}

/** Statistics of a webhook: past deliveries from the log, waiting deliveries from the streams. */
@Injectable()
export class WebhookStatistics {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Counts cover deliveries created in the time range. The series tells when attempts and ends happened. */
  async get(accountId: string, webhookId: string, query: StatsQuery, condition: WebhookCondition): Promise<WebhookStatsView> {
    const nowMs = Date.now();
    const range = rangeOf(query, nowMs);
    const partition = partitionOf(accountId);
    const [counts, retries, lane, hours, health] = await Promise.all([
      this.counts(accountId, webhookId, range),
      this.waiting('RETRIES', subjects.retry(partition, webhookId)),
      this.waiting('LANES', subjects.lane(partition, webhookId)),
      this.hours(accountId, webhookId, range),
      this.lately(accountId, webhookId, nowMs),
    ]);
    const ended = counts.succeeded + counts.failed;
    return {
      since: new Date(range.sinceMs).toISOString(),
      until: new Date(range.untilMs).toISOString(),
      health: healthSentence({ ...health, condition, held: lane.count, nowMs }),
      success: counts.succeeded,
      failed: counts.failed,
      cancelled: counts.cancelled,
      success_rate: ended === 0 ? null : counts.succeeded / ended,
      p50_response_time_ms: counts.p50,
      p95_response_time_ms: counts.p95,
      pending: counts.pending,
      pending_retry: retries.count,
      held: lane.count,
      oldest_held_at: lane.oldestMs === null ? null : new Date(lane.oldestMs).toISOString(),
      series: seriesOf(hours, range),
    };
  }

  private hours(accountId: string, webhookId: string, { fromMs, toMs }: StatsRange): ReturnType<typeof hoursOf> {
    return asAccount(this.database, accountId, (manager) => hoursOf(manager, accountId, webhookId, fromMs, toMs));
  }

  private lately(accountId: string, webhookId: string, nowMs: number): Promise<Pick<Doing, 'run' | 'lately'>> {
    const sinceMs = nowMs - (nowMs % HOUR_MS) - HOUR_MS;
    return asAccount(this.database, accountId, async (manager) => ({
      run: await lastRunOf(manager, accountId, webhookId),
      lately: { ...totalOf(await hoursOf(manager, accountId, webhookId, sinceMs, nowMs)), sinceMs },
    }));
  }

  private async counts(accountId: string, webhookId: string, { sinceMs, untilMs }: StatsRange): Promise<Counts> {
    const row = await asAccount(this.database, accountId, (manager) =>
      firstRow<Counts>(
        manager,
        `SELECT count(*) FILTER (WHERE status = 'success')::int AS succeeded,
              count(*) FILTER (WHERE status = 'failed')::int AS failed,
              count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
              count(*) FILTER (WHERE status = 'pending')::int AS pending,
              percentile_disc(0.5) WITHIN GROUP (ORDER BY response_time_ms) AS p50,
              percentile_disc(0.95) WITHIN GROUP (ORDER BY response_time_ms) AS p95
       FROM delivery_log.deliveries
       WHERE account_id = $1 AND webhook_id = $2 AND created_at >= $3 AND created_at < $4 AND NOT is_test`,
        [accountId, webhookId, new Date(sinceMs), new Date(untilMs)],
      ),
    );
    return row!;
  }

  /** Counts the deliveries that wait under a subject, and tells when the oldest was created, ms. */
  private async waiting(stream: 'RETRIES' | 'LANES', subject: string): Promise<{ count: number; oldestMs: number | null }> {
    const { jsm } = this.connection;
    const { state } = await jsm.streams.info(stream, { subjects_filter: subject });
    const count = state.subjects?.[subject] ?? 0;
    if (count === 0) return { count, oldestMs: null };
    const oldest = await jsm.direct.getMessage(stream, { next_by_subj: subject, seq: 1 });
    return { count, oldestMs: oldest === null ? null : oldest.json<{ createdAtMs: number }>().createdAtMs };
  }
}
