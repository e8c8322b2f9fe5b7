/** How a webhook's receiver does, in the KV bucket `health` under `<p>.<account>.<webhook>`. Written by dispatch, watched by subscriptions. */
export interface WebhookHealth {
  v: 1;
  /** When the first of the failures in a row was, ms: tells one bad time from the next. */
  failingSinceMs: number;
  /** The oldest delivery that is held was created then, ms; told when little time is left before it expires. */
  expiringHeldMs: number | null;
  /** Failed attempts since the last 2xx; a 429 does not count. */
  consecutiveFailures: number;
  /** Deliveries that ran out of tries since then. */
  exhausted: number;
  /** The last answer was 410: the webhook is to be disabled. */
  isGone: boolean;
  /** `failuresSinceRevision` of the webhook's state that they were counted under: a resume begins a new count. */
  failuresSinceRevision: number;
  lastFailureAtMs: number;
  lastSuccessAtMs: number | null;
  /** `HTTP 500`, `timeout`. */
  lastError: string;
}

export const HEALTH_BUCKET = 'health';

export const healthKey = (partition: number, accountId: string, webhookId: string): string =>
  `${partition}.${accountId}.${webhookId}`;
