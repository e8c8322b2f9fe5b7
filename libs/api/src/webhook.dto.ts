import type { Filter } from '#libs/contracts/src/filter';
import { EVENT_PATTERN } from '#libs/matching/src/event-pattern';
import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { DATA_PATH } from '#libs/matching/src/data-path';
import { DATA_PATH_LENGTH_MAX, DATA_PATHS_MAX, IsDataPaths, IsTexts, MayBeLeftOut } from './field-rules.js';
import { PageQuery } from './page.dto.js';

const METHODS = ['POST', 'PUT', 'PATCH'] as const;
const CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded'] as const;
/** Behind `whsec_` (Standard Webhooks) 24 to 64 bytes in base64: whatever else is there would be a weak key, or none. */
const SECRET_PATTERN = /^(whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_)[\x21-\x7e]+)$/;
const SECRET_MESSAGE = 'must have visible ASCII characters only, and behind whsec_ 24 to 64 bytes in base64';
const COUNTS_FROM = ['previous_attempt', 'first_failure'] as const;
const AUTO_PAUSE_ACTIONS = ['pause', 'disable'] as const;
const WEBHOOK_STATUSES = ['active', 'paused', 'error', 'disabled'] as const;
export type WebhookViewStatus = (typeof WEBHOOK_STATUSES)[number];

const DATA_PATHS = {
  type: 'array',
  items: { type: 'string', pattern: DATA_PATH.source, maxLength: DATA_PATH_LENGTH_MAX, example: 'data.contact.email' },
  maxItems: DATA_PATHS_MAX,
  nullable: true,
} as const;

export class RetryPolicyDto {
  @ApiPropertyOptional({ description: '0: no retries.', type: 'integer', minimum: 0, maximum: 10 })
  @MayBeLeftOut()
  @IsInt()
  @Min(0)
  @Max(10)
  max_retries?: number;

  @ApiPropertyOptional({
    description: 'The delay before each retry. With fewer of them than `max_retries`, the last one is repeated.',
    type: 'array',
    items: { type: 'number', minimum: 1, maximum: 86_400 },
    maxItems: 10,
  })
  @MayBeLeftOut()
  @IsArray()
  @ArrayMaxSize(10)
  @IsNumber({}, { each: true })
  @Min(1, { each: true })
  @Max(86_400, { each: true })
  intervals_seconds?: number[];

  @ApiPropertyOptional({ description: 'What an interval is counted from.', enum: COUNTS_FROM })
  @MayBeLeftOut()
  @IsIn(COUNTS_FROM)
  counts_from?: (typeof COUNTS_FROM)[number];

  @ApiPropertyOptional({ type: 'number', minimum: 5, maximum: 60 })
  @MayBeLeftOut()
  @IsNumber()
  @Min(5)
  @Max(60)
  timeout_seconds?: number;

  @ApiPropertyOptional({
    description: 'The share of an interval that chance may add; it never shortens one.',
    type: 'number',
    minimum: 0,
    maximum: 1,
  })
  @MayBeLeftOut()
  @IsNumber()
  @Min(0)
  @Max(1)
  jitter?: number;
}

export class AutoPauseDto {
  @ApiProperty({ description: 'Consecutive failures.', type: 'integer', minimum: 1, maximum: 10_000 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  after_failures!: number;

  @ApiProperty({ enum: AUTO_PAUSE_ACTIONS })
  @IsIn(AUTO_PAUSE_ACTIONS)
  action!: (typeof AUTO_PAUSE_ACTIONS)[number];

  @ApiPropertyOptional({
    description:
      'While paused by failures, one delivery is sent at growing intervals; when the receiver answers, the webhook is resumed.',
    default: false,
  })
  @MayBeLeftOut()
  @IsBoolean()
  probe?: boolean;
}

export class CreateWebhookDto {
  @ApiProperty({ example: 'ERP Sync', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({
    description: 'Where deliveries go. HTTPS, a public address.',
    example: 'https://example.com/webhooks',
    minLength: 1,
    maxLength: 2_048,
  })
  @IsString()
  @Length(1, 2_048)
  url!: string;

  @ApiProperty({
    description: 'Event types and patterns: `deal.won`, `contact.*`, `*`.',
    type: 'array',
    items: { type: 'string', pattern: EVENT_PATTERN.source },
    example: ['deal.won', 'contact.*'],
    minItems: 1,
    maxItems: 100,
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @Matches(EVENT_PATTERN, { each: true, message: 'each must be an event type or a pattern: deal.won, contact.*, *' })
  events!: string[];

  @ApiPropertyOptional({ type: 'string', maxLength: 1_000, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string | null;

  @ApiPropertyOptional({ enum: METHODS, default: 'POST' })
  @MayBeLeftOut()
  @IsIn(METHODS)
  method?: (typeof METHODS)[number];

  @ApiPropertyOptional({ enum: CONTENT_TYPES, default: 'application/json' })
  @MayBeLeftOut()
  @IsIn(CONTENT_TYPES)
  content_type?: (typeof CONTENT_TYPES)[number];

  @ApiPropertyOptional({
    description: 'Sent with every delivery. Their values are secrets: later only their last four characters are shown.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { 'X-API-Key': 'your-custom-key' },
  })
  @MayBeLeftOut()
  @IsTexts()
  headers?: Record<string, string>;

  @ApiPropertyOptional({
    description: 'Conditions on the event; null removes the filter.',
    allOf: [{ $ref: '#/components/schemas/Filter' }],
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  filter?: Filter | null;

  @ApiPropertyOptional({
    ...DATA_PATHS,
    description:
      'Only these fields of `data` are sent, each with all that is in it and the objects and lists that it is in; an element of a ' +
      'list that has none of them is left out. An empty list: `{}`; null: everything. Paths as in filters.',
    example: ['data.id', 'data.contact.name', 'data.items.sku'],
  })
  @IsOptional()
  @IsDataPaths()
  data_fields?: string[] | null;

  @ApiPropertyOptional({
    ...DATA_PATHS,
    description:
      '`"***"` is sent in the place of the values of these fields of `data`, whatever they are. A value before, such as ' +
      '`data.previous_email`, is a field of its own. Filters still see the values, and so does whoever may read the event.',
    example: ['data.contact.email'],
  })
  @IsOptional()
  @IsDataPaths()
  masked_fields?: string[] | null;

  @ApiPropertyOptional({
    description: 'The signing secret; generated when left out.',
    minLength: 8,
    maxLength: 256,
    pattern: SECRET_PATTERN.source,
  })
  @MayBeLeftOut()
  @IsString()
  @Length(8, 256)
  @Matches(SECRET_PATTERN, { message: SECRET_MESSAGE })
  secret?: string;

  @ApiPropertyOptional({ type: () => RetryPolicyDto })
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => RetryPolicyDto)
  retry_policy?: RetryPolicyDto;

  @ApiPropertyOptional({
    description: 'What happens after failures in a row; null: nothing.',
    type: () => AutoPauseDto,
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => AutoPauseDto)
  auto_pause?: AutoPauseDto | null;

  @ApiPropertyOptional({
    description: 'Requests at once; null: as many as the receiver proves able to take.',
    type: 'integer',
    minimum: 1,
    maximum: 64,
    nullable: true,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  max_concurrency?: number | null;

  @ApiPropertyOptional({
    description: 'Requests a second; null: no limit.',
    type: 'number',
    minimum: 0.1,
    maximum: 10_000,
    nullable: true,
  })
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  rate_per_second?: number | null;
}

export class UpdateWebhookDto extends PartialType(CreateWebhookDto, { skipNullProperties: false }) {}

export class ListWebhooksQuery extends PageQuery {
  @ApiPropertyOptional({
    description: 'One or several.',
    enum: WEBHOOK_STATUSES,
    isArray: true,
    example: ['active', 'paused'],
  })
  @MayBeLeftOut()
  @IsString()
  @Matches(/^(active|paused|error|disabled)(,(active|paused|error|disabled))*$/, {
    message: 'must be one or several of active, paused, error, disabled',
  })
  status?: string;
}

export class ResumeWebhookDto {
  @ApiPropertyOptional({
    description: "The rate at which what was held is released; without it the webhook's own limits apply.",
    type: 'number',
    minimum: 0.1,
    maximum: 10_000,
  })
  @MayBeLeftOut()
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  rate_per_second?: number;
}

export class RotateSecretDto {
  @ApiPropertyOptional({ description: 'Generated when left out.', minLength: 8, maxLength: 256, pattern: SECRET_PATTERN.source })
  @MayBeLeftOut()
  @IsString()
  @Length(8, 256)
  @Matches(SECRET_PATTERN, { message: SECRET_MESSAGE })
  secret?: string;

  @ApiPropertyOptional({
    description: 'For so long the old secret signs as well.',
    type: 'integer',
    minimum: 0,
    maximum: 604_800,
    default: 86_400,
  })
  @MayBeLeftOut()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlap_seconds?: number;
}

export class RetryPolicyView {
  @ApiProperty({ type: 'integer' })
  max_retries!: number;
  @ApiProperty({ type: 'array', items: { type: 'number' } })
  intervals_seconds!: number[];
  @ApiProperty({ enum: COUNTS_FROM })
  counts_from!: string;
  @ApiProperty()
  timeout_seconds!: number;
  @ApiProperty()
  jitter!: number;
}

export class AutoPauseView {
  @ApiProperty({ type: 'integer' })
  after_failures!: number;
  @ApiProperty({ enum: AUTO_PAUSE_ACTIONS })
  action!: (typeof AUTO_PAUSE_ACTIONS)[number];
  @ApiProperty()
  probe!: boolean;
}

export class WebhookView {
  @ApiProperty({ example: 'wh_abc123def456' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  url!: string;
  @ApiProperty({ type: 'array', items: { type: 'string' } })
  events!: string[];
  @ApiProperty({ description: '`error`: active, but its latest deliveries fail.', enum: WEBHOOK_STATUSES })
  status!: WebhookViewStatus;
  @ApiProperty({ type: 'string', nullable: true })
  description!: string | null;
  @ApiProperty({ enum: METHODS })
  method!: string;
  @ApiProperty({ enum: CONTENT_TYPES })
  content_type!: string;
  @ApiProperty({
    description: 'Names, and the last four characters of each value.',
    type: 'object',
    additionalProperties: { type: 'string' },
  })
  headers!: Record<string, string>;
  @ApiProperty({ allOf: [{ $ref: '#/components/schemas/Filter' }], nullable: true })
  filter!: Filter | null;
  @ApiProperty({ description: 'Null: everything is sent.', type: 'array', items: { type: 'string' }, nullable: true })
  data_fields!: string[] | null;
  @ApiProperty({ type: 'array', items: { type: 'string' }, nullable: true })
  masked_fields!: string[] | null;
  @ApiProperty({ type: () => RetryPolicyView })
  retry_policy!: RetryPolicyView;
  @ApiProperty({ type: () => AutoPauseView, nullable: true })
  auto_pause!: AutoPauseView | null;
  @ApiProperty({ type: 'integer', nullable: true })
  max_concurrency!: number | null;
  @ApiProperty({ type: 'number', nullable: true })
  rate_per_second!: number | null;
  @ApiProperty()
  secret_last4!: string;
  @ApiProperty({ type: 'integer' })
  consecutive_failures!: number;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class WebhookWithSecretView extends WebhookView {
  @ApiProperty({ description: 'Shown this once.', example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' })
  secret!: string;
}
