import { AdaptiveLimit, CONCURRENCY_MAX } from './adaptive-limit.js';

/** Answers that came while all slots were busy, each after `requestMs`. */
function answer(limit: AdaptiveLimit, times: number, requestMs: number, nowMs = 0): void {
  for (let n = 0; n < times; n++) limit.answered(limit.current, requestMs, nowMs);
}

it('grows with each answer while all slots are busy, up to its maximum', () => {
  const limit = new AdaptiveLimit();
  answer(limit, 10, 50);
  expect(limit.current).toBe(18);
  answer(limit, 1_000, 50);
  expect(limit.current).toBe(CONCURRENCY_MAX);
});

it('does not grow when nothing waited for a slot', () => {
  const limit = new AdaptiveLimit();
  for (let n = 0; n < 100; n++) limit.answered(1, 50, 0);
  expect(limit.current).toBe(8);
});

it('goes back to its start, not below, when answers take much longer than they did', () => {
  const limit = new AdaptiveLimit();
  answer(limit, 40, 5);
  answer(limit, 1_000, 100);
  expect(limit.current).toBe(8);
});

it('takes a receiver that is slow for good as it is', () => {
  const limit = new AdaptiveLimit();
  answer(limit, 40, 5);
  answer(limit, 100, 500, 11_000);
  answer(limit, 100, 500, 22_000);
  expect(limit.current).toBe(CONCURRENCY_MAX);
});

it('keeps one slot for an unreachable receiver, and doubles from there when it is back', () => {
  const limit = new AdaptiveLimit();
  for (let n = 0; n < 10; n++) limit.unreachable();
  expect([limit.current, limit.isSuspect]).toEqual([1, true]);
  answer(limit, 1, 5);
  expect([limit.current, limit.isSuspect]).toEqual([2, false]);
});
