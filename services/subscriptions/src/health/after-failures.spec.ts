import { afterFailures, warningsAt } from './after-failures.js';

const pauseAfter = (count: number) => ({ afterFailures: count, action: 'pause' as const, isProbed: false });

const failed = (consecutiveFailures: number, isLasting = true) => ({ consecutiveFailures, isLasting, isGone: false });

it('pauses or disables at the number of failures that the webhook says, and not before', () => {
  expect(afterFailures(failed(9), pauseAfter(10))).toBeNull();
  expect(afterFailures(failed(10), pauseAfter(10))?.status).toBe('paused');
  expect(afterFailures(failed(10), { ...pauseAfter(10), action: 'disable' })?.status).toBe('disabled');
  expect(afterFailures(failed(1_000), null)).toBeNull();
});

it('waits until the failures span a minute, unless the first one is enough', () => {
  expect(afterFailures(failed(1_000, false), pauseAfter(2))).toBeNull();
  expect(afterFailures(failed(1, false), pauseAfter(1))?.status).toBe('paused');
});

it('disables after a 410, whatever the setting', () => {
  expect(afterFailures({ ...failed(1, false), isGone: true }, null)).toEqual({ status: 'disabled', statusReason: 'gone' });
});

it('warns at 50, 70 and 90 % of the failures that pause', () => {
  expect(warningsAt(4, pauseAfter(10))).toEqual([]);
  expect(warningsAt(7, pauseAfter(10))).toEqual([5, 7]);
  expect(warningsAt(50, pauseAfter(50))).toEqual([25, 35, 45]);
});

it('has no warning where the first failure pauses, and none twice where shares of few failures coincide', () => {
  expect(warningsAt(1, pauseAfter(1))).toEqual([]);
  expect(warningsAt(3, pauseAfter(3))).toEqual([2]);
  expect(warningsAt(100, null)).toEqual([]);
});
