import type { RetryPolicyDto, RetryPolicyView } from '#libs/api/src/webhook.dto';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';

/** What a webhook asks for, over what it had (its profile's policy at first). */
export function resolveRetryPolicy(asked: RetryPolicyDto | undefined, base: RetryPolicy): RetryPolicy {
  if (asked === undefined) return base;
  const given = asked.intervals_seconds?.map((seconds) => seconds * 1000) ?? base.intervalsMs;
  const retries = asked.max_retries ?? given.length;
  const last = given.at(-1) ?? base.intervalsMs.at(-1) ?? 60_000;
  return {
    // With fewer intervals than retries, the last one is repeated.
    intervalsMs: Array.from({ length: retries }, (_, index) => given[index] ?? last),
    countsFrom: asked.counts_from ?? base.countsFrom,
    timeoutMs: asked.timeout_seconds === undefined ? base.timeoutMs : asked.timeout_seconds * 1000,
    jitterRatio: asked.jitter ?? base.jitterRatio,
  };
}

export function retryPolicyView(policy: RetryPolicy): RetryPolicyView {
  return {
    max_retries: policy.intervalsMs.length,
    intervals_seconds: policy.intervalsMs.map((ms) => ms / 1000),
    counts_from: policy.countsFrom,
    timeout_seconds: policy.timeoutMs / 1000,
    jitter: policy.jitterRatio,
  };
}
