import fc from 'fast-check';
import { profiles } from '#libs/profiles/src/profiles';
import { resolveRetryPolicy, retryPolicyProblems } from './retry-policy.js';

const standard = profiles.get('standard')!.retryPolicy;
const nexus = profiles.get('automatenexus')!.retryPolicy;

it('gives back the schedule of the profile when fewer retries become more again', () => {
  const fewer = resolveRetryPolicy({ max_retries: 2 }, standard);
  expect(fewer).toEqual({ ...standard, maxRetries: 2 });
  expect(resolveRetryPolicy({ max_retries: 7 }, fewer)).toEqual(standard);
});

it('makes as many retries as a new list has intervals, unless their number is given', () => {
  expect(resolveRetryPolicy({ intervals_seconds: [1, 2] }, standard)).toMatchObject({
    maxRetries: 2,
    intervalsMs: [1_000, 2_000],
  });
  expect(resolveRetryPolicy({ intervals_seconds: [1], max_retries: 9 }, standard)).toMatchObject({
    maxRetries: 9,
    intervalsMs: [1_000],
  });
  expect(resolveRetryPolicy({ timeout_seconds: 9 }, nexus)).toEqual({ ...nexus, timeoutMs: 9_000 });
});

it('wants an interval where there are retries', () => {
  const none = resolveRetryPolicy({ intervals_seconds: [] }, standard);
  expect(retryPolicyProblems(none)).toEqual([]);
  expect(retryPolicyProblems(resolveRetryPolicy({ max_retries: 3 }, none))).toEqual([
    { pointer: '/retry_policy/intervals_seconds', detail: 'must have at least one interval for 3 retries' },
  ]);
});

it('wants intervals that count from the first failure to rise, and names the first that does not', () => {
  const intervals = fc.array(fc.integer({ min: 1, max: 86_400 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(intervals, (intervals_seconds) => {
      const first = intervals_seconds.findIndex((one, index) => index > 0 && one <= intervals_seconds[index - 1]!);
      const pointers = retryPolicyProblems(resolveRetryPolicy({ intervals_seconds }, nexus)).map(({ pointer }) => pointer);
      expect(pointers).toEqual(first === -1 ? [] : [`/retry_policy/intervals_seconds/${first}`]);
      expect(retryPolicyProblems(resolveRetryPolicy({ intervals_seconds }, standard))).toEqual([]);
    }),
  );
});
