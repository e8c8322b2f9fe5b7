import type { RetryPolicy } from '#libs/contracts/src/webhook-state';

/** A delivery's history, the attempt just made included. */
export interface AttemptHistory {
  /** Manual attempts are not counted. */
  attempts: number;
  /** When the first attempt failed. */
  firstFailedAtMs: number;
  /** When the request of the last attempt began. */
  lastAttemptAtMs: number;
  /** When its answer or the time-out came. */
  lastFailedAtMs: number;
  /** The Retry-After of the last answer (429, 503), ms. */
  retryAfterMs: number | null;
}

/** A longer Retry-After is cut to one day. */
const RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000;

/**
 * Returns when the next attempt is due, ms, or null when the schedule is used up. A longer Retry-After wins. Jitter (0–1)
 * only adds, so a receiver that asked for 60 s is never called after 59.
 */
export function nextAttemptAtMs(policy: RetryPolicy, history: AttemptHistory, jitter: number): number | null {
  const intervalMs = policy.intervalsMs[history.attempts - 1];
  if (intervalMs === undefined) return null;
  const anchorMs = policy.countsFrom === 'first_failure' ? history.firstFailedAtMs : history.lastAttemptAtMs;
  const dueMs = anchorMs + intervalMs * (1 + policy.jitterRatio * jitter);
  // Retry-After counts from the answer.
  const askedMs = history.lastFailedAtMs + Math.min(history.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return Math.ceil(Math.max(dueMs, askedMs));
}
