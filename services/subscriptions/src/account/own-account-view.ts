import { PLANS, type OwnAccountView } from '#libs/api/src/account.dto';
import { profiles } from '#libs/profiles/src/profiles';
import { retryPolicyView } from '../webhook/retry-policy.js';
import type { AccountRow } from './account.row.js';

/** Returns an account as its own keys see it. */
export function ownAccountView(row: AccountRow, use: OwnAccountView['use']): OwnAccountView {
  const { name, envelope, signatureHeader, retryPolicy, autoPause } = profiles.get(row.profile)!;
  const { requestsPerMinute, webhooks } = PLANS[row.plan];
  return {
    id: row.id,
    name: row.name,
    profile: {
      name,
      envelope,
      signature_header: signatureHeader,
      retry_policy: retryPolicyView(retryPolicy),
      auto_pause: autoPause && { after_failures: autoPause.afterFailures, action: autoPause.action, probe: false },
    },
    plan: row.plan,
    limits: { requests_per_minute: requestsPerMinute, webhooks, inbound_webhooks: webhooks },
    use,
    schema_mode: row.schemaMode,
    log_days: row.logDays,
    created_at: row.createdAt.toISOString(),
  };
}
