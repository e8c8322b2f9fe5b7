import { NAME_MAX, type CreateWebhookDto, type UpdateWebhookDto } from '#libs/api/src/webhook.dto';
import { newId } from '#libs/contracts/src/ids';
import type { RetryPolicy } from '#libs/contracts/src/webhook-state';
import { Problem } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';
import { profiles } from '#libs/profiles/src/profiles';
import { generateSecret } from '#libs/signing/src/sign-request';
import { Injectable } from '@nestjs/common';
import type { AccountRow } from '../state/account.row.js';
import type { NewWebhook, WebhookRow } from '../state/webhook.row.js';
import { resolveAutoPause } from './auto-pause.js';
import { resolveRetryPolicy, retryPolicyProblems } from './retry-policy.js';
import type { WebhookChange } from './webhook-changes.js';
import { WebhookRules } from './webhook-rules.js';
import { WebhookSecrets } from './webhook-secrets.js';

/** Turns what a client asks for into a webhook's columns: checked, completed from the profile, secrets sealed. Stores nothing. */
@Injectable()
export class WebhookBuilder {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly rules: WebhookRules,
  ) {}

  /** Throws `validation_failed`. */
  build(account: AccountRow, body: CreateWebhookDto, catalog: EventType[]): { webhook: NewWebhook; secret: string } {
    const profile = profiles.get(account.profile)!;
    const id = newId('wh');
    const retryPolicy = resolveRetryPolicy(body.retry_policy, profile.retryPolicy);
    const headers = this.checked(account, id, body, catalog, retryPolicy, null);
    const secret = body.secret ?? generateSecret();
    const webhook: NewWebhook = {
      id,
      account_id: account.id,
      revision: 1,
      name: body.name ?? new URL(body.url).host.slice(0, NAME_MAX),
      description: body.description ?? null,
      url: body.url,
      events: [...new Set(body.events)],
      ...(body.paused === true ? { status: 'paused', status_reason: 'by_user' } : { status: 'active', status_reason: null }),
      method: body.method ?? 'POST',
      content_type: body.content_type ?? 'application/json',
      filter: body.filter ?? null,
      data_fields: body.data_fields ?? null,
      masked_fields: body.masked_fields ?? null,
      headers_box: null,
      headers_shown: {},
      ...headers,
      retry_policy: retryPolicy,
      auto_pause: resolveAutoPause(body.auto_pause, null, profile),
      max_concurrency: body.max_concurrency ?? null,
      rate_per_second: body.rate_per_second ?? null,
      release_rate_per_second: null,
      ...this.secretOf(account, id, secret),
      active_since_ms: null,
      consecutive_failures: 0,
      exhausted: 0,
      failures_since_revision: 1,
      deleted_at: null,
    };
    return { webhook, secret };
  }

  /** Throws `validation_failed`. */
  changeOf(account: AccountRow, row: WebhookRow, body: UpdateWebhookDto, catalog: EventType[]): WebhookChange {
    const profile = profiles.get(account.profile)!;
    const retryPolicy = resolveRetryPolicy(body.retry_policy, row.retry_policy);
    const headers = this.checked(account, row.id, body, catalog, retryPolicy, row);
    return {
      ...headers,
      name: body.name,
      description: body.description,
      url: body.url,
      events: body.events && [...new Set(body.events)],
      method: body.method,
      content_type: body.content_type,
      filter: body.filter,
      data_fields: body.data_fields,
      masked_fields: body.masked_fields,
      retry_policy: body.retry_policy && retryPolicy,
      auto_pause: body.auto_pause === undefined ? undefined : resolveAutoPause(body.auto_pause, row.auto_pause, profile),
      max_concurrency: body.max_concurrency,
      rate_per_second: body.rate_per_second,
      ...(body.secret === undefined ? {} : this.secretOf(account, row.id, body.secret)),
    };
  }

  /** Columns of a webhook's only secret. */
  secretOf(account: AccountRow, webhookId: string, secret: string): Pick<WebhookRow, 'secrets' | 'secret_last4'> {
    const sealed = this.secrets.seal(account, webhookId, 'secret', secret);
    return { secrets: [{ sealed, until: null }], secret_last4: secret.slice(-4) };
  }

  /** Throws `validation_failed`. */
  check(body: UpdateWebhookDto, catalog: EventType[]): void {
    const errors = this.rules.problems(body, catalog);
    if (errors.length > 0) throw Problem.invalid(...errors);
  }

  /** Returns the columns of the custom headers, none when the body names no headers. Throws `validation_failed` for the whole body. */
  private checked(
    account: AccountRow,
    webhookId: string,
    body: UpdateWebhookDto,
    catalog: EventType[],
    retryPolicy: RetryPolicy,
    stored: WebhookRow | null,
  ): Partial<Pick<WebhookRow, 'headers_box' | 'headers_shown'>> {
    const errors = [...this.rules.problems(body, catalog), ...(body.retry_policy ? retryPolicyProblems(retryPolicy) : [])];
    const headers = body.headers && this.secrets.sealHeaders(account, webhookId, body.headers, stored, errors);
    if (errors.length > 0) throw Problem.invalid(...errors);
    return headers ?? {};
  }
}
