import type { StatsCountsView, StatsInterval, StatsPointView, StatsQuery } from '#libs/api/src/statistics.dto';
import { LOG_DAYS_MAX } from '#libs/contracts/src/log-days';
import { DAY_MS, HOUR_MS } from '#libs/contracts/src/time';
import { Problem } from '#libs/problem/src/problem';
import { percentile } from '../hours/histogram.js';
import { addCounts, noCounts, type HourCounts } from '../hours/hour-counts.js';

const STEP_MS: Record<StatsInterval, number> = { hour: HOUR_MS, day: DAY_MS };

/** Requested time range, and the whole intervals around it. */
export interface StatsRange {
  sinceMs: number;
  untilMs: number;
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/** Resolves the requested time range. Throws `validation_failed` when it ends before it begins. */
export function rangeOf({ since, until, interval = 'hour' }: StatsQuery, nowMs: number): StatsRange {
  const untilMs = until === undefined ? nowMs : Date.parse(until);
  const sinceMs = since === undefined ? Math.min(nowMs, untilMs) - DAY_MS : Date.parse(since);
  if (until !== undefined && sinceMs >= untilMs) {
    throw Problem.invalid({ pointer: '/since', detail: 'must be before until' });
  }
  const stepMs = STEP_MS[interval];
  // Clamp to the retention window and to now. Every account's sums have the longest retention.
  const fromMs = floor(Math.max(sinceMs, nowMs - LOG_DAYS_MAX * DAY_MS), stepMs);
  return { sinceMs, untilMs, fromMs, toMs: Math.min(untilMs, nowMs), stepMs };
}

/** Returns a point for each interval, oldest first. */
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
