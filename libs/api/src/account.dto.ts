import { LOG_DAYS, LOG_DAYS_MAX, type LogDays } from '#libs/contracts/src/log-days';
import { profiles } from '#libs/profiles/src/profiles';
import { Name, OneOf } from './fields.js';
import { Shown } from './shown.js';
import { AutoPauseView, RetryPolicyView } from './webhook.dto.js';

/** Requests a minute for each key, and webhooks, by plan. */
export const PLANS = {
  standard: { requestsPerMinute: 100, webhooks: 20 },
  professional: { requestsPerMinute: 300, webhooks: 100 },
  enterprise: { requestsPerMinute: 1_000, webhooks: 1_000 },
} as const;
/** A key may publish events so many times as often as its plan says. */
export const PUBLISHING_FACTOR = 60;
export type PlanName = keyof typeof PLANS;
const PLAN_NAMES = Object.keys(PLANS) as PlanName[];

const PROFILE_NAMES = [...profiles.keys()];
export const SCHEMA_MODES = ['off', 'warn', 'reject'] as const;

const NAME = 'Name of the account.';
const PROFILE = 'CRM whose contract the receivers know: body, signature header and retry schedule.';
const PLAN = 'Plan: limits of requests a minute and of webhooks.';
const LOG_DAYS_SHOWN = 'Retention of the log in days. A change applies to events accepted from then on.';
const SCHEMA_MODE =
  'Treatment of events whose data does not fit the JSON Schema of their type: `off` ignores it, `warn` accepts them with warnings, ' +
  '`reject` rejects them.';

export class CreateAccountDto {
  @Name(200, NAME, { example: 'Acme Corp' })
  name!: string;

  @OneOf(PROFILE_NAMES, `${PROFILE} It cannot be changed later.`)
  profile!: string;

  @OneOf(PLAN_NAMES, PLAN, { optional: true, default: 'standard' })
  plan?: PlanName;

  @OneOf(LOG_DAYS, LOG_DAYS_SHOWN, { optional: true, default: LOG_DAYS_MAX })
  log_days?: LogDays;
}

export class UpdateAccountDto {
  @Name(200, NAME, { optional: true })
  name?: string;

  @OneOf(PLAN_NAMES, PLAN, { optional: true })
  plan?: PlanName;

  @OneOf(SCHEMA_MODES, SCHEMA_MODE, { optional: true })
  schema_mode?: (typeof SCHEMA_MODES)[number];

  @OneOf(LOG_DAYS, LOG_DAYS_SHOWN, { optional: true })
  log_days?: LogDays;
}

export class AccountView {
  @Shown.text('Id of the account.', { example: 'acc_789xyz' })
  id!: string;
  @Shown.text(NAME)
  name!: string;
  @Shown.oneOf(PROFILE_NAMES, PROFILE)
  profile!: string;
  @Shown.oneOf(PLAN_NAMES, PLAN)
  plan!: PlanName;
  @Shown.oneOf(SCHEMA_MODES, SCHEMA_MODE)
  schema_mode!: string;
  @Shown.oneOf(LOG_DAYS, LOG_DAYS_SHOWN)
  log_days!: LogDays;
  @Shown.time('When it was created.')
  created_at!: string;
  @Shown.time('When it was last changed.')
  updated_at!: string;
}

export class CreatedAccountView extends AccountView {
  @Shown.text("The account's first API key, with all scopes. It is shown only in this answer.")
  api_key!: string;
}

export class ProfileDefaultsView {
  @Shown.oneOf(PROFILE_NAMES, 'Name of the profile.')
  name!: string;
  @Shown.texts('Fields of a delivered body, in this order.')
  envelope!: string[];
  @Shown.text("Header that carries the hex HMAC-SHA256 of the body, beside Standard Webhooks' headers.", {
    nullable: 'the CRM has none',
  })
  signature_header!: string | null;
  @Shown.object(() => RetryPolicyView, 'Retry schedule of webhooks that set none.')
  retry_policy!: RetryPolicyView;
  @Shown.object(() => AutoPauseView, 'Effect of consecutive failures on a webhook.', { nullable: 'failures change nothing' })
  auto_pause!: AutoPauseView | null;
}

export class AccountLimitsView {
  @Shown.whole('Requests a minute, for each key.')
  requests_per_minute!: number;
  @Shown.whole('Webhooks at most.')
  webhooks!: number;
  @Shown.whole('Inbound webhooks at most.')
  inbound_webhooks!: number;
}

export class AccountUseView {
  @Shown.whole('Webhooks there are.')
  webhooks!: number;
  @Shown.whole('Inbound webhooks there are.')
  inbound_webhooks!: number;
}

/** An account as its own keys see it. */
export class OwnAccountView {
  @Shown.text('Id of the account.', { example: 'acc_789xyz' })
  id!: string;
  @Shown.text(NAME)
  name!: string;
  @Shown.object(
    () => ProfileDefaultsView,
    "The CRM's contract with receivers. Its values are defaults that a webhook's own settings override.",
  )
  profile!: ProfileDefaultsView;
  @Shown.oneOf(PLAN_NAMES, PLAN)
  plan!: PlanName;
  @Shown.object(() => AccountLimitsView, "The plan's limits.")
  limits!: AccountLimitsView;
  @Shown.object(() => AccountUseView, 'How much of the limits is used.')
  use!: AccountUseView;
  @Shown.oneOf(SCHEMA_MODES, SCHEMA_MODE)
  schema_mode!: string;
  @Shown.oneOf(LOG_DAYS, LOG_DAYS_SHOWN)
  log_days!: LogDays;
  @Shown.time('When it was created.')
  created_at!: string;
}
