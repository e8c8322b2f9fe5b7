/** The health of a webhook's receiver: KV bucket `health`, key `<p>.<account>.<webhook>`. Dispatch writes it, subscriptions watches it. */
export interface WebhookHealth {
  v: 1;
  /** Time of the first of the consecutive failures, ms. It tells one outage from the next. */
  failingSinceMs: number;
  /** Creation time of the oldest held delivery, ms. Set when it expires soon, else null. */
  expiringHeldMs: number | null;
  /** Failed attempts since the last 2xx. A 429 does not count, nor does one that ran beside the failure counted before it. */
  consecutiveFailures: number;
  /** When the failure that was counted last ended, ms. */
  lastCountedAtMs: number;
  /** The failures span at least a minute, divided by the time scale. */
  isLasting: boolean;
  /** Deliveries that used up their retries since the last 2xx. */
  exhausted: number;
  /** The last answer was 410, so the webhook is to be disabled. */
  isGone: boolean;
  /** `failuresSinceRevision` of the state under which they were counted. A resume begins a new count. */
  failuresSinceRevision: number;
  /** `HTTP 500`, `timeout`. */
  lastError: string;
}

export const HEALTH_BUCKET = 'health';

export const healthKey = (partition: number, accountId: string, webhookId: string): string =>
  `${partition}.${accountId}.${webhookId}`;
