import type { RetryPolicyDto, RetryPolicyView } from '#libs/api/src/webhook.dto';
import { MINUTE_MS, SECOND_MS } from '#libs/contracts/src/time';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';

/** Lays a client's settings over the present policy, which at first is the profile's. */
export function resolveRetryPolicy(asked: RetryPolicyDto | undefined, base: RetryPolicy): RetryPolicy {
  if (asked === undefined) return base;
  const given = asked.intervals_seconds?.map((seconds) => seconds * SECOND_MS) ?? base.intervalsMs;
  const retries = asked.max_retries ?? given.length;
  const last = given.at(-1) ?? base.intervalsMs.at(-1) ?? MINUTE_MS;
  return {
    // Repeats the last interval when there are more retries than intervals.
    intervalsMs: Array.from({ length: retries }, (_, index) => given[index] ?? last),
    countsFrom: asked.counts_from ?? base.countsFrom,
    timeoutMs: asked.timeout_seconds === undefined ? base.timeoutMs : asked.timeout_seconds * SECOND_MS,
    jitterRatio: asked.jitter ?? base.jitterRatio,
  };
}

export function retryPolicyView(policy: RetryPolicy): RetryPolicyView {
  return {
    max_retries: policy.intervalsMs.length,
    intervals_seconds: policy.intervalsMs.map((ms) => ms / SECOND_MS),
    counts_from: policy.countsFrom,
    timeout_seconds: policy.timeoutMs / SECOND_MS,
    jitter: policy.jitterRatio,
  };
}
