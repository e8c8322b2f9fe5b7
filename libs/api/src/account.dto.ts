import { profiles } from '#libs/profiles/src/profiles';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';

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
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class CreatedAccountView extends AccountView {
  @ApiProperty({ description: "The account's first key, with all scopes. Shown this once." })
  api_key!: string;
}
