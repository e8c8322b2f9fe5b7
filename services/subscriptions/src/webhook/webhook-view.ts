import type { WebhookView } from '#libs/api/src/webhook.dto';
import { retryPolicyView } from './retry-policy.js';
import type { WebhookRow } from './webhook.row.js';

/** From so many failures in a row an active webhook is shown as `error`; one failure alone is everyday life. */
export const FAILING_FROM = 5;

export function webhookView(row: WebhookRow): WebhookView {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    status: row.status === 'active' && row.consecutiveFailures >= FAILING_FROM ? 'error' : row.status,
    description: row.description,
    method: row.method,
    content_type: row.contentType,
    headers: row.headersShown,
    filter: row.filter,
    data_fields: row.dataFields,
    masked_fields: row.maskedFields,
    retry_policy: retryPolicyView(row.retryPolicy),
    auto_pause:
      row.autoPause === null
        ? null
        : {
            after_failures: row.autoPause.afterFailures,
            action: row.autoPause.action,
            probe: row.autoPause.isProbed,
          },
    max_concurrency: row.maxConcurrency,
    rate_per_second: row.ratePerSecond,
    secret_last4: row.secretLast4,
    consecutive_failures: row.consecutiveFailures,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
