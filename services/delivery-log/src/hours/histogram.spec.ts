import fc from 'fast-check';
import { add, bucketOf, count, percentile } from './histogram.js';

const times = fc.array(fc.integer({ min: 0, max: 61_000 }), { minLength: 1, maxLength: 200 });
const histogramOf = (all: number[]): number[] => {
  const histogram: number[] = [];
  for (const ms of all) count(histogram, ms);
  return histogram;
};

it('reads a percentile that differs from the exact one by at most 5 %', () => {
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.95, 1), (all, p) => {
      const exact = [...all].sort((a, b) => a - b)[Math.ceil(all.length * p) - 1]!;
      expect(Math.abs(percentile(histogramOf(all), p)! - exact)).toBeLessThanOrEqual(0.5 + exact * 0.05);
    }),
  );
});

it('adds two histograms to the histogram of all their times', () => {
  fc.assert(
    fc.property(times, times, (some, others) => {
      const sum = histogramOf(some);
      add(sum, histogramOf(others));
      expect(sum).toEqual(histogramOf([...some, ...others]));
    }),
  );
});

it('answers null without times, and counts the longest times in a last bucket', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect([bucketOf(-1), bucketOf(0), bucketOf(9), bucketOf(10), bucketOf(60_000), bucketOf(1e12)]).toEqual([
    0, 0, 9, 10, 101, 101,
  ]);
});
