import type { StatsCountsView, StatsInterval, StatsPointView, StatsQuery } from '#libs/api/src/statistics.dto';
import { LOG_DAYS_MAX } from '#libs/contracts/src/log-days';
import { Problem } from '#libs/problem/src/problem';
import { addCounts, HOUR_MS, noCounts, type HourCounts } from '../projection/fold-hours.js';
import { percentile } from './histogram.js';

const DAY_MS = 24 * HOUR_MS;
const STEP_MS: Record<StatsInterval, number> = { hour: HOUR_MS, day: DAY_MS };

/** What was asked for: the time itself, and the whole intervals around it. */
export interface StatsRange {
  sinceMs: number;
  untilMs: number;
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/** Throws `validation_failed` for a time that ends before it begins. */
export function rangeOf({ since, until, interval = 'hour' }: StatsQuery, nowMs: number): StatsRange {
  const untilMs = until === undefined ? nowMs : Date.parse(until);
  const sinceMs = since === undefined ? Math.min(nowMs, untilMs) - DAY_MS : Date.parse(since);
  if (until !== undefined && sinceMs >= untilMs) {
    const errors = [{ pointer: '/since', detail: 'must be before until' }];
    throw new Problem('validation_failed', '/since: must be before until', { errors });
  }
  const stepMs = STEP_MS[interval];
  // Sums are kept for the most days, whatever the account's. Of what is no longer kept, and of what is to come, there is nothing to tell.
  const fromMs = floor(Math.max(sinceMs, nowMs - LOG_DAYS_MAX * DAY_MS), stepMs);
  return { sinceMs, untilMs, fromMs, toMs: Math.min(untilMs, nowMs), stepMs };
}

/** A point for each interval, oldest first. */
export function seriesOf(hours: (HourCounts & { hourMs: number })[], { fromMs, toMs, stepMs }: StatsRange): StatsPointView[] {
  const points = new Map<number, HourCounts>();
  for (let startMs = fromMs; startMs < toMs; startMs += stepMs) points.set(startMs, noCounts());
  for (const hour of hours) {
    const point = points.get(floor(hour.hourMs, stepMs));
    if (point) addCounts(point, hour);
  }
  return [...points].map(([startMs, counts]) => ({ start: new Date(startMs).toISOString(), ...countsView(counts) }));
}

export function totalOf(hours: HourCounts[]): HourCounts {
  const total = noCounts();
  for (const hour of hours) addCounts(total, hour);
  return total;
}

export function countsView({
  succeeded,
  failed,
  cancelled,
  attempts,
  attemptsFailed,
  responseTimes,
}: HourCounts): StatsCountsView {
  const ended = succeeded + failed;
  return {
    success: succeeded,
    failed,
    cancelled,
    success_rate: ended === 0 ? null : succeeded / ended,
    attempts,
    failed_attempts: attemptsFailed,
    p50_response_time_ms: percentile(responseTimes, 0.5),
    p95_response_time_ms: percentile(responseTimes, 0.95),
  };
}

function floor(ms: number, stepMs: number): number {
  return ms - (ms % stepMs);
}
