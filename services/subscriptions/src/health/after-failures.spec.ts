import { afterFailures, warningsAt } from './after-failures.js';

const pauseAfter = (count: number) => ({ afterFailures: count, action: 'pause' as const, isProbed: false });

it('pauses or disables at the number of failures that the webhook says, and not before', () => {
  expect(afterFailures({ consecutiveFailures: 9, isGone: false }, pauseAfter(10))).toBeNull();
  expect(afterFailures({ consecutiveFailures: 10, isGone: false }, pauseAfter(10))?.status).toBe('paused');
  expect(afterFailures({ consecutiveFailures: 10, isGone: false }, { ...pauseAfter(10), action: 'disable' })?.status).toBe(
    'disabled',
  );
  expect(afterFailures({ consecutiveFailures: 1_000, isGone: false }, null)).toBeNull();
});

it('disables after a 410, whatever the setting', () => {
  expect(afterFailures({ consecutiveFailures: 1, isGone: true }, null)).toEqual({ status: 'disabled', statusReason: 'gone' });
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
