import { LOG_DAYS, LOG_DAYS_MAX, type LogDays } from '#libs/contracts/src/log-days';
import { profiles } from '#libs/profiles/src/profiles';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';
import { AutoPauseView, RetryPolicyView } from './webhook.dto.js';

/** Requests a minute for each key, and webhooks, by plan. */
export const PLANS = {
  standard: { requestsPerMinute: 100, webhooks: 20 },
  professional: { requestsPerMinute: 300, webhooks: 100 },
  enterprise: { requestsPerMinute: 1_000, webhooks: 1_000 },
} as const;
export type PlanName = keyof typeof PLANS;
const PLAN_NAMES = Object.keys(PLANS) as PlanName[];

const PROFILE_NAMES = [...profiles.keys()];
export const SCHEMA_MODES = ['off', 'warn', 'reject'] as const;

const LOG_DAYS_FIELD = {
  description:
    'For how many days the log shows events and deliveries. A change is for what is accepted from then on: what is there stays as long as it was to stay.',
  type: 'integer',
  enum: [...LOG_DAYS],
} satisfies ApiPropertyOptions;

export class CreateAccountDto {
  @ApiProperty({ example: 'Acme Corp', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({ description: 'The CRM whose contract its receivers know. It cannot be changed later.', enum: PROFILE_NAMES })
  @IsIn(PROFILE_NAMES)
  profile!: string;

  @ApiPropertyOptional({ enum: PLAN_NAMES, default: 'standard' })
  @MayBeLeftOut()
  @IsIn(PLAN_NAMES)
  plan?: PlanName;

  @ApiPropertyOptional({ ...LOG_DAYS_FIELD, default: LOG_DAYS_MAX })
  @MayBeLeftOut()
  @IsIn(LOG_DAYS)
  log_days?: LogDays;
}

export class UpdateAccountDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200 })
  @MayBeLeftOut()
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({ enum: PLAN_NAMES })
  @MayBeLeftOut()
  @IsIn(PLAN_NAMES)
  plan?: PlanName;

  @ApiPropertyOptional({
    description: 'What happens to events whose data does not fit the JSON Schema of their type.',
    enum: SCHEMA_MODES,
  })
  @MayBeLeftOut()
  @IsIn(SCHEMA_MODES)
  schema_mode?: (typeof SCHEMA_MODES)[number];

  @ApiPropertyOptional(LOG_DAYS_FIELD)
  @MayBeLeftOut()
  @IsIn(LOG_DAYS)
  log_days?: LogDays;
}

export class AccountView {
  @ApiProperty({ example: 'acc_789xyz' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: PROFILE_NAMES })
  profile!: string;
  @ApiProperty({ enum: PLAN_NAMES })
  plan!: PlanName;
  @ApiProperty({ enum: SCHEMA_MODES })
  schema_mode!: string;
  @ApiProperty(LOG_DAYS_FIELD)
  log_days!: LogDays;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class CreatedAccountView extends AccountView {
  @ApiProperty({ description: "The account's first key, with all scopes. Shown this once." })
  api_key!: string;
}

export class ProfileDefaultsView {
  @ApiProperty({ enum: PROFILE_NAMES })
  name!: string;
  @ApiProperty({ description: 'Fields of a delivered body, in this order.', type: 'array', items: { type: 'string' } })
  envelope!: string[];
  @ApiProperty({
    description: 'Header with the hex HMAC-SHA256 of the body; null when the CRM has none.',
    type: 'string',
    nullable: true,
  })
  signature_header!: string | null;
  @ApiProperty({ type: () => RetryPolicyView })
  retry_policy!: RetryPolicyView;
  @ApiProperty({ description: 'Null when failures change nothing.', type: () => AutoPauseView, nullable: true })
  auto_pause!: AutoPauseView | null;
}

export class AccountLimitsView {
  @ApiProperty({ description: 'For each key.', type: 'integer' })
  requests_per_minute!: number;
  @ApiProperty({ type: 'integer' })
  webhooks!: number;
  @ApiProperty({ type: 'integer' })
  inbound_webhooks!: number;
}

export class AccountUseView {
  @ApiProperty({ type: 'integer' })
  webhooks!: number;
  @ApiProperty({ type: 'integer' })
  inbound_webhooks!: number;
}

/** An account as its own keys see it. */
export class OwnAccountView {
  @ApiProperty({ example: 'acc_789xyz' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({
    description: "The CRM's contract with receivers. Its values are defaults that a webhook's own settings override.",
    type: () => ProfileDefaultsView,
  })
  profile!: ProfileDefaultsView;
  @ApiProperty({ enum: PLAN_NAMES })
  plan!: PlanName;
  @ApiProperty({ description: "The plan's limits.", type: () => AccountLimitsView })
  limits!: AccountLimitsView;
  @ApiProperty({ description: 'How much of the limits is used.', type: () => AccountUseView })
  use!: AccountUseView;
  @ApiProperty({ enum: SCHEMA_MODES })
  schema_mode!: string;
  @ApiProperty(LOG_DAYS_FIELD)
  log_days!: LogDays;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}
