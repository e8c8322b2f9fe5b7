import type { Filter } from '#libs/contracts/src/filter';
import type { StatusReason } from '#libs/contracts/src/webhook-history';
import type { RetryPolicy, Sealed, WebhookState, WebhookStatus } from '#libs/contracts/src/webhook-state';

/** Ends an active webhook after so many failures in a row. */
export interface AutoPause {
  afterFailures: number;
  action: 'pause' | 'disable';
  /** While failures pause it, one delivery is sent from time to time to see whether the receiver answers again. */
  isProbed: boolean;
}

/** A row of `webhooks`. */
export interface WebhookRow {
  id: string;
  account_id: string;
  revision: number;
  name: string;
  description: string | null;
  url: string;
  events: string[];
  status: WebhookStatus;
  /** Null while active. */
  status_reason: StatusReason | null;
  method: WebhookState['method'];
  content_type: WebhookState['contentType'];
  filter: Filter | null;
  data_fields: string[] | null;
  masked_fields: string[] | null;
  /** Custom headers, sealed as one JSON object; null for none. */
  headers_box: Sealed | null;
  /** Custom headers as an answer shows them: names with masked values. */
  headers_shown: Record<string, string>;
  retry_policy: RetryPolicy;
  auto_pause: AutoPause | null;
  max_concurrency: number | null;
  rate_per_second: number | null;
  release_rate_per_second: number | null;
  /** Newest first. */
  secrets: WebhookState['secrets'];
  secret_last4: string;
  /** JetStream's time of the first state, ms. bigint, hence text. Null until that state is published. */
  active_since_ms: string | null;
  consecutive_failures: number;
  /** Deliveries that have failed for good since the last success. */
  exhausted: number;
  /** Revision at which failures began to be counted from zero. */
  failures_since_revision: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

/** A webhook that is not stored yet; the database sets its times. */
export type NewWebhook = Omit<WebhookRow, 'created_at' | 'updated_at'>;
