import type { AccountState } from '#libs/contracts/src/account-state';
import type { InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { profiles } from '#libs/profiles/src/profiles';
import type { AccountRow } from './account.row.js';
import type { InboundWebhookRow } from './inbound-webhook.row.js';
import type { NewWebhook } from './webhook.row.js';

/** State of an account for the other services. */
export function accountState(row: AccountRow, eventTypes: AccountState['eventTypes']): AccountState {
  const { id, revision, profile, schema_mode: schemaMode, log_days: logDays } = row;
  return { v: 1, id, revision, profile, deleted: row.deleted_at !== null, eventTypes, schemaMode, logDays };
}

/** State of a webhook for dispatch, with the account's profile resolved into it. */
export function webhookState(row: NewWebhook, account: AccountRow): WebhookState {
  const profile = profiles.get(account.profile)!;
  return {
    v: 1,
    id: row.id,
    accountId: row.account_id,
    revision: row.revision,
    deleted: row.deleted_at !== null,
    status: row.status,
    name: row.name,
    events: row.events,
    filter: row.filter,
    url: row.url,
    method: row.method,
    contentType: row.content_type,
    envelope: profile.envelope,
    dataFields: row.data_fields ?? undefined,
    maskedFields: row.masked_fields ?? undefined,
    signatureHeader: profile.signatureHeader,
    dataKey: account.data_key,
    headers: row.headers_box,
    secrets: row.secrets,
    retryPolicy: row.retry_policy,
    isProbed: isProbed(row),
    maxConcurrency: row.max_concurrency,
    ratePerSecond: row.rate_per_second,
    releaseRatePerSecond: row.release_rate_per_second,
    failuresSinceRevision: row.failures_since_revision,
    activeSinceMs: row.active_since_ms === null ? null : Number(row.active_since_ms),
  };
}

/** State of an inbound webhook for ingestion. */
export function inboundWebhookState(row: InboundWebhookRow, account: AccountRow): InboundWebhookState {
  const { id, account_id: accountId, revision, event, verification, mapping } = row;
  return {
    v: 1,
    id,
    accountId,
    revision,
    deleted: row.deleted_at !== null,
    event,
    verification,
    mapping,
    dataKey: account.data_key,
  };
}

/** Failures have paused the webhook, and its setting asks for probes. */
export function isProbed(row: Pick<NewWebhook, 'status' | 'status_reason' | 'auto_pause'>): boolean {
  return row.status === 'paused' && row.status_reason === 'failures' && row.auto_pause?.isProbed === true;
}
