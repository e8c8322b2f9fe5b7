import { Problem } from '#libs/problem/src/problem';
import type { HourCounts } from '../hours/hour-counts.js';
import { countsView, rangeOf, seriesOf, totalOf } from './series.js';

const NOW = Date.UTC(2026, 2, 21, 10, 20);
const HOUR = 3_600_000;
const hour = (hourMs: number, succeeded: number, failed = 0, responseTimes: number[] = []): HourCounts & { hourMs: number } => ({
  hourMs,
  succeeded,
  failed,
  cancelled: 1,
  attempts: succeeded + 2 * failed,
  attemptsFailed: 2 * failed,
  responseTimes,
});

it('makes a point for every hour of the range, for an empty hour too', () => {
  const range = rangeOf({ since: '2026-03-21T07:30:00Z' }, NOW);
  const series = seriesOf(
    [hour(Date.UTC(2026, 2, 21, 6), 9), hour(Date.UTC(2026, 2, 21, 7), 3, 1), hour(Date.UTC(2026, 2, 21, 10), 5)],
    range,
  );
  expect(series.map(({ start, success, failed, cancelled, attempts, failed_attempts, success_rate }) => [
    start.slice(11, 16), success, failed, cancelled, attempts, failed_attempts, success_rate,
  ])).toEqual([
    ['07:00', 3, 1, 1, 5, 2, 0.75],
    ['08:00', 0, 0, 0, 0, 0, null],
    ['09:00', 0, 0, 0, 0, 0, null],
    ['10:00', 5, 0, 1, 5, 0, 1],
  ]); // prettier-ignore
});

it('adds the hours of a day up, response times too', () => {
  const range = rangeOf({ since: '2026-03-20T12:00:00Z', until: '2026-03-21T09:00:00Z', interval: 'day' }, NOW);
  const series = seriesOf(
    [
      hour(Date.UTC(2026, 2, 20, 1), 1, 0, [0, 9]),
      hour(Date.UTC(2026, 2, 20, 23), 1, 0, [0, 0, 0, 1]),
      hour(Date.UTC(2026, 2, 21, 0), 1),
    ],
    range,
  );
  expect(
    series.map(({ start, success, p50_response_time_ms: p50, p95_response_time_ms: p95 }) => [start, success, p50, p95]),
  ).toEqual([
    ['2026-03-20T00:00:00.000Z', 2, 1, 3],
    ['2026-03-21T00:00:00.000Z', 1, null, null],
  ]);
});

it('defaults to the last day, and clamps to the retention window and to now', () => {
  expect(rangeOf({}, NOW)).toMatchObject({ sinceMs: NOW - 24 * HOUR, untilMs: NOW, toMs: NOW });
  const wide = rangeOf({ since: '2000-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z', interval: 'day' }, NOW);
  expect(seriesOf([], wide)).toHaveLength(31);
  expect(seriesOf([], rangeOf({ since: '2000-01-01T00:00:00Z' }, NOW))).toHaveLength(30 * 24 + 1);
  expect(rangeOf({ until: '2026-03-21T09:00:00Z' }, NOW).sinceMs).toBe(Date.UTC(2026, 2, 20, 9));
  expect(seriesOf([], rangeOf({ since: '2026-03-21T12:00:00Z' }, NOW))).toEqual([]);
  expect(() => rangeOf({ since: '2026-03-21T09:00:00Z', until: '2026-03-21T09:00:00Z' }, NOW)).toThrow(Problem);
});

it('adds all points up to the total', () => {
  expect(countsView(totalOf([hour(0, 3, 1), hour(HOUR, 5)]))).toMatchObject({
    success: 8,
    failed: 1,
    attempts: 10,
    success_rate: 8 / 9,
  });
});
