import { PLANS, type OwnAccountView } from '#libs/api/src/account.dto';
import { asAccount } from '#libs/postgres/src/database';
import { firstRow } from '#libs/postgres/src/rows';
import { profiles } from '#libs/profiles/src/profiles';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { readAccountRow, type AccountRow } from '../state/account.row.js';
import { autoPauseView, resolveAutoPause } from '../webhook/auto-pause.js';
import { retryPolicyView } from '../webhook/retry-policy.js';

type Use = OwnAccountView['use'];

/** An account for its own keys: the profile's defaults, the plan's limits, and how much of them is used. */
@Injectable()
export class OwnAccount {
  constructor(private readonly database: DataSource) {}

  /** Throws `account_not_found`. */
  async get(id: string): Promise<OwnAccountView> {
    const account = await readAccountRow(this.database, id);
    const use = await asAccount(this.database, id, (manager) => firstRow<Use>(manager, USE, [id]));
    return ownAccountView(account, use!);
  }
}

const USE = `
  SELECT
    (SELECT count(*) FROM subscriptions.webhooks WHERE account_id = $1 AND deleted_at IS NULL)::int AS webhooks,
    (SELECT count(*) FROM subscriptions.inbound_webhooks WHERE account_id = $1 AND deleted_at IS NULL)::int AS inbound_webhooks`;

function ownAccountView(row: AccountRow, use: Use): OwnAccountView {
  const profile = profiles.get(row.profile)!;
  const { name, envelope, signatureHeader, retryPolicy } = profile;
  const { requestsPerMinute, webhooks } = PLANS[row.plan];
  return {
    id: row.id,
    name: row.name,
    profile: {
      name,
      envelope,
      signature_header: signatureHeader,
      retry_policy: retryPolicyView(retryPolicy),
      auto_pause: autoPauseView(resolveAutoPause(undefined, null, profile)),
    },
    plan: row.plan,
    limits: { requests_per_minute: requestsPerMinute, webhooks, inbound_webhooks: webhooks },
    use,
    schema_mode: row.schema_mode,
    log_days: row.log_days,
    created_at: row.created_at.toISOString(),
  };
}
