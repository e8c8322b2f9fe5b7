import type { WebhookView } from '#libs/api/src/webhook.dto';
import type { WebhookRow } from '../state/webhook.row.js';
import { autoPauseView } from './auto-pause.js';
import { retryPolicyView } from './retry-policy.js';

export function webhookView(row: WebhookRow): WebhookView {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    status: row.status === 'active' && row.exhausted > 0 ? 'error' : row.status,
    description: row.description,
    method: row.method,
    content_type: row.content_type,
    headers: row.headers_shown,
    filter: row.filter,
    data_fields: row.data_fields,
    masked_fields: row.masked_fields,
    retry_policy: retryPolicyView(row.retry_policy),
    auto_pause: autoPauseView(row.auto_pause),
    max_concurrency: row.max_concurrency,
    rate_per_second: row.rate_per_second,
    secret_last4: row.secret_last4,
    consecutive_failures: row.consecutive_failures,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
