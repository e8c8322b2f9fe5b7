import type { RetryPolicyDto, RetryPolicyView } from '#libs/api/src/webhook.dto';
import { SECOND_MS } from '#libs/contracts/src/time';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';
import type { FieldError } from '#libs/problem/src/problem';

/**
 * Lays a client's settings over the present policy, which at first is the profile's. A new list of intervals brings its
 * length as the number of retries, unless the client gives one.
 */
export function resolveRetryPolicy(asked: RetryPolicyDto | undefined, base: RetryPolicy): RetryPolicy {
  if (asked === undefined) return base;
  return {
    maxRetries: asked.max_retries ?? asked.intervals_seconds?.length ?? base.maxRetries,
    intervalsMs: asked.intervals_seconds?.map((seconds) => seconds * SECOND_MS) ?? base.intervalsMs,
    countsFrom: asked.counts_from ?? base.countsFrom,
    timeoutMs: asked.timeout_seconds === undefined ? base.timeoutMs : asked.timeout_seconds * SECOND_MS,
    jitterRatio: asked.jitter ?? base.jitterRatio,
  };
}

/** Finds what a schedule cannot have: retries without an interval, or intervals from the first failure that do not rise. */
export function retryPolicyProblems({ maxRetries, intervalsMs, countsFrom }: RetryPolicy): FieldError[] {
  const pointer = '/retry_policy/intervals_seconds';
  if (intervalsMs.length === 0)
    return maxRetries === 0 ? [] : [{ pointer, detail: `must have at least one interval for ${maxRetries} retries` }];
  const falling = intervalsMs.findIndex((interval, index) => index > 0 && interval <= intervalsMs[index - 1]!);
  if (countsFrom === 'previous_attempt' || falling === -1) return [];
  const detail = 'must be longer than the interval before: with counts_from first_failure, all count from the first failure';
  return [{ pointer: `${pointer}/${falling}`, detail }];
}

export function retryPolicyView(policy: RetryPolicy): RetryPolicyView {
  return {
    max_retries: policy.maxRetries,
    intervals_seconds: policy.intervalsMs.map((ms) => ms / SECOND_MS),
    counts_from: policy.countsFrom,
    timeout_seconds: policy.timeoutMs / SECOND_MS,
    jitter: policy.jitterRatio,
  };
}
