import type { WebhookView } from '#libs/api/src/webhook.dto';
import type { WebhookRow } from '../state/webhook.row.js';
import { retryPolicyView } from './retry-policy.js';

/** An active webhook with so many failures in a row is shown as `error`. Fewer failures are everyday life. */
export const FAILING_FROM = 5;

export function webhookView(row: WebhookRow): WebhookView {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    status: row.status === 'active' && row.consecutive_failures >= FAILING_FROM ? 'error' : row.status,
    description: row.description,
    method: row.method,
    content_type: row.content_type,
    headers: row.headers_shown,
    filter: row.filter,
    data_fields: row.data_fields,
    masked_fields: row.masked_fields,
    retry_policy: retryPolicyView(row.retry_policy),
    auto_pause: row.auto_pause && {
      after_failures: row.auto_pause.afterFailures,
      action: row.auto_pause.action,
      probe: row.auto_pause.isProbed,
    },
    max_concurrency: row.max_concurrency,
    rate_per_second: row.rate_per_second,
    secret_last4: row.secret_last4,
    consecutive_failures: row.consecutive_failures,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
