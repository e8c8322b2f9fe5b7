import type { AccountState } from '#libs/contracts/src/account-state';
import type { InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { profiles } from '#libs/profiles/src/profiles';
import type { AccountRow } from '../account/account.row.js';
import type { InboundWebhookRow } from '../inbound-webhook/inbound-webhook.row.js';
import type { WebhookRow } from '../webhook/webhook.row.js';

/** An account as the other services know it. */
export function accountState(row: AccountRow, eventTypes: AccountState['eventTypes']): AccountState {
  const { id, revision, profile, schemaMode, logDays } = row;
  return { v: 1, id, revision, profile, deleted: row.deletedAt !== null, eventTypes, schemaMode, logDays };
}

/** Everything dispatch needs, with the account's profile resolved into it. */
export function webhookState(row: WebhookRow, account: AccountRow): WebhookState {
  const profile = profiles.get(account.profile)!;
  return {
    v: 1,
    id: row.id,
    accountId: row.accountId,
    revision: row.revision,
    deleted: row.deletedAt !== null,
    status: row.status,
    name: row.name,
    events: row.events,
    filter: row.filter,
    url: row.url,
    method: row.method,
    contentType: row.contentType,
    envelope: profile.envelope,
    dataFields: row.dataFields ?? undefined,
    maskedFields: row.maskedFields ?? undefined,
    signatureHeader: profile.signatureHeader,
    dataKey: account.dataKey,
    headers: row.headersBox,
    secrets: row.secrets,
    retryPolicy: row.retryPolicy,
    isProbed: row.status === 'paused' && row.statusReason === 'failures' && row.autoPause?.isProbed === true,
    maxConcurrency: row.maxConcurrency,
    ratePerSecond: row.ratePerSecond,
    releaseRatePerSecond: row.releaseRatePerSecond,
    failuresSinceRevision: row.failuresSinceRevision,
    activeSinceMs: row.activeSinceMs === null ? null : Number(row.activeSinceMs),
  };
}

/** Everything ingestion needs. */
export function inboundWebhookState(row: InboundWebhookRow, account: AccountRow): InboundWebhookState {
  const { id, accountId, revision, event, verification, mapping } = row;
  const { dataKey } = account;
  return { v: 1, id, accountId, revision, deleted: row.deletedAt !== null, event, verification, mapping, dataKey };
}
