import type { RetryPolicy } from '#libs/contracts/src/webhook-state';

/** What has happened to a delivery so far, the attempt just made included. */
export interface AttemptHistory {
  /** Those that a person asked for left out. */
  attempts: number;
  /** When the first attempt had failed. */
  firstFailedAtMs: number;
  /** When the request of the last attempt began. */
  lastAttemptAtMs: number;
  /** When its answer, or the time-out, was there. */
  lastFailedAtMs: number;
  /** What the receiver asked for in its last answer (429, 503). */
  retryAfterMs: number | null;
}

/** A receiver that asks for more is called after a day all the same. */
const RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000;

/**
 * When the next attempt is due, ms, or null when the schedule is used up. A longer Retry-After wins; jitter (0–1) only
 * ever adds, so a receiver that asked for 60 s is never called after 59.
 */
export function nextAttemptAtMs(policy: RetryPolicy, history: AttemptHistory, jitter: number): number | null {
  const intervalMs = policy.intervalsMs[history.attempts - 1];
  if (intervalMs === undefined) return null;
  const anchorMs = policy.countsFrom === 'first_failure' ? history.firstFailedAtMs : history.lastAttemptAtMs;
  const dueMs = anchorMs + intervalMs * (1 + policy.jitterRatio * jitter);
  // What a receiver asks for counts from its answer.
  const askedMs = history.lastFailedAtMs + Math.min(history.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return Math.ceil(Math.max(dueMs, askedMs));
}
