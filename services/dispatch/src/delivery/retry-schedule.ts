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
 * Returns when the next attempt is due, ms, or null when the schedule is used up. Retries beyond the list come its last
 * interval apart. A longer Retry-After wins. Jitter (0–1) only adds, so a receiver that asked for 60 s is never called
 * after 59.
 */
export function nextAttemptAtMs(policy: RetryPolicy, history: AttemptHistory, jitter: number): number | null {
  if (history.attempts > policy.maxRetries) return null;
  const dueMs = scheduledAtMs(policy, history, policy.jitterRatio * jitter);
  // Retry-After counts from the answer.
  const askedMs = history.lastFailedAtMs + Math.min(history.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return Math.ceil(Math.max(dueMs, askedMs));
}

function scheduledAtMs({ intervalsMs, countsFrom }: RetryPolicy, history: AttemptHistory, addedRatio: number): number {
  const index = history.attempts - 1;
  const intervalMs = intervalsMs[index];
  if (countsFrom === 'previous_attempt' || intervalMs === undefined)
    return history.lastAttemptAtMs + (intervalMs ?? intervalsMs.at(-1)!) * (1 + addedRatio);
  const gapMs = intervalMs - (intervalsMs[index - 1] ?? 0);
  // After a late attempt (a pause, an outage, a Retry-After, jitter) the next ones may be due already: they do not burst.
  const spacedMs = history.lastAttemptAtMs + Math.min(intervalsMs[0]!, gapMs);
  return Math.max(history.firstFailedAtMs + intervalMs + gapMs * addedRatio, spacedMs);
}
