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
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PageQuery } from './page.dto.js';

const METHODS = ['POST', 'PUT', 'PATCH'] as const;
const CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded'] as const;
const COUNTS_FROM = ['previous_attempt', 'first_failure'] as const;
const WEBHOOK_STATUSES = ['active', 'paused', 'error', 'disabled'] as const;
export type WebhookViewStatus = (typeof WEBHOOK_STATUSES)[number];

export class RetryPolicyDto {
  /** 0: no retries. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 10 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10)
  max_retries?: number;

  /** The delay before each retry. With fewer of them than `max_retries`, the last one is repeated. */
  @ApiPropertyOptional({ type: 'array', items: { type: 'number', minimum: 1, maximum: 86_400 }, maxItems: 10 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsNumber({}, { each: true })
  @Min(1, { each: true })
  @Max(86_400, { each: true })
  intervals_seconds?: number[];

  /** What an interval is counted from. */
  @ApiPropertyOptional({ enum: COUNTS_FROM })
  @IsOptional()
  @IsIn(COUNTS_FROM)
  counts_from?: (typeof COUNTS_FROM)[number];

  @ApiPropertyOptional({ type: 'number', minimum: 5, maximum: 60 })
  @IsOptional()
  @IsNumber()
  @Min(5)
  @Max(60)
  timeout_seconds?: number;

  /** The share of an interval that chance may add; it never shortens one. */
  @ApiPropertyOptional({ type: 'number', minimum: 0, maximum: 1 })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  jitter?: number;
}

export class AutoPauseDto {
  /** Consecutive failures. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 10_000 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  after_failures!: number;

  @ApiProperty({ enum: ['pause', 'disable'] })
  @IsIn(['pause', 'disable'])
  action!: 'pause' | 'disable';

  /** While paused by failures, one delivery is sent at growing intervals; when the receiver answers, the webhook is resumed. */
  @ApiPropertyOptional({ default: false })
  @IsOptional()
  @IsBoolean()
  probe?: boolean;
}

export class CreateWebhookDto {
  @ApiProperty({ example: 'ERP Sync', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name!: string;

  /** Where deliveries go. HTTPS, a public address. */
  @ApiProperty({ example: 'https://example.com/webhooks', maxLength: 2_048 })
  @IsString()
  @Length(1, 4_096)
  url!: string;

  /** Event types and patterns: `deal.won`, `contact.*`, `*`. */
  @ApiProperty({ type: 'array', items: { type: 'string' }, example: ['deal.won', 'contact.*'], minItems: 1, maxItems: 100 })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @Matches(EVENT_PATTERN, { each: true, message: 'each must be an event type or a pattern: deal.won, contact.*, *' })
  events!: string[];

  @ApiPropertyOptional({ maxLength: 1_000 })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  @ApiPropertyOptional({ enum: METHODS, default: 'POST' })
  @IsOptional()
  @IsIn(METHODS)
  method?: (typeof METHODS)[number];

  @ApiPropertyOptional({ enum: CONTENT_TYPES, default: 'application/json' })
  @IsOptional()
  @IsIn(CONTENT_TYPES)
  content_type?: (typeof CONTENT_TYPES)[number];

  /** Sent with every delivery. Their values are secrets: later only their last four characters are shown. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, example: { 'X-API-Key': 'your-custom-key' } })
  @IsOptional()
  @IsObject()
  headers?: Record<string, string>;

  /** Conditions on the event; null removes the filter. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsObject()
  filter?: Filter | null;

  /** The signing secret; generated when left out. */
  @ApiPropertyOptional({ minLength: 8, maxLength: 256 })
  @IsOptional()
  @IsString()
  @Length(8, 256)
  @Matches(/^[\x21-\x7e]+$/, { message: 'must have visible ASCII characters only' })
  secret?: string;

  @ApiPropertyOptional({ type: () => RetryPolicyDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => RetryPolicyDto)
  retry_policy?: RetryPolicyDto;

  /** What happens after failures in a row; null: nothing. */
  @ApiPropertyOptional({ type: () => AutoPauseDto, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => AutoPauseDto)
  auto_pause?: AutoPauseDto | null;

  /** Requests at once; null: as many as the receiver proves able to take. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 64, nullable: true })
  @ValidateIf((_object, value) => value !== null && value !== undefined)
  @IsInt()
  @Min(1)
  @Max(64)
  max_concurrency?: number | null;

  /** Requests a second; null: no limit. */
  @ApiPropertyOptional({ type: 'number', minimum: 0.1, maximum: 10_000, nullable: true })
  @ValidateIf((_object, value) => value !== null && value !== undefined)
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  rate_per_second?: number | null;
}

export class UpdateWebhookDto extends PartialType(CreateWebhookDto) {}

export class ListWebhooksQuery extends PageQuery {
  /** One or several of active, paused, error, disabled, separated by commas. */
  @ApiPropertyOptional({ example: 'active,paused' })
  @IsOptional()
  @IsString()
  @Matches(/^(active|paused|error|disabled)(,(active|paused|error|disabled))*$/, {
    message: 'must be one or several of active, paused, error, disabled',
  })
  status?: string;
}

export class ResumeWebhookDto {
  /** The rate at which what was held is released; without it the webhook's own limits apply. */
  @ApiPropertyOptional({ type: 'number', minimum: 0.1, maximum: 10_000 })
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(10_000)
  rate_per_second?: number;
}

export class RotateSecretDto {
  @ApiPropertyOptional({ minLength: 8, maxLength: 256 })
  @IsOptional()
  @IsString()
  @Length(8, 256)
  @Matches(/^[\x21-\x7e]+$/, { message: 'must have visible ASCII characters only' })
  secret?: string;

  /** For so long the old secret signs as well. */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604_800, default: 86_400 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlap_seconds?: number;
}

export class TestWebhookDto {
  /** One event type; without it, one sample for each type that the webhook subscribes to. */
  @ApiPropertyOptional({ example: 'deal.won' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  event?: string;
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

export class WebhookView {
  @ApiProperty({ example: 'wh_abc123def456' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  url!: string;
  @ApiProperty({ type: 'array', items: { type: 'string' } })
  events!: string[];
  /** `error`: active, but its latest deliveries fail. */
  @ApiProperty({ enum: WEBHOOK_STATUSES })
  status!: WebhookViewStatus;
  @ApiProperty({ type: 'string', nullable: true })
  description!: string | null;
  @ApiProperty({ enum: METHODS })
  method!: string;
  @ApiProperty({ enum: CONTENT_TYPES })
  content_type!: string;
  /** Names, and the last four characters of each value. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  headers!: Record<string, string>;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  filter!: Filter | null;
  @ApiProperty({ type: () => RetryPolicyView })
  retry_policy!: RetryPolicyView;
  @ApiProperty({ type: () => AutoPauseDto, nullable: true })
  auto_pause!: AutoPauseDto | null;
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
  /** Shown this once. */
  @ApiProperty({ example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' })
  secret!: string;
}

/** A webhook that is not saved, and the one event type to try; without it, all that `events` matches. */
export class TestUnsavedWebhookDto extends CreateWebhookDto {
  @ApiPropertyOptional({ example: 'deal.won' })
  @IsOptional()
  @IsString()
  @Length(1, 128)
  event?: string;
}

export class TestResultView {
  @ApiProperty()
  event!: string;
  @ApiProperty()
  success!: boolean;
  @ApiProperty({ type: 'integer', nullable: true })
  status_code!: number | null;
  /** `HTTP 200 OK`, `Failed: 500`, `Failed: connection refused`. */
  @ApiProperty()
  message!: string;
  @ApiProperty({ type: 'integer' })
  response_time_ms!: number;
  @ApiProperty()
  delivery_id!: string;
}

export class TestResultsView {
  @ApiProperty({ type: () => TestResultView, isArray: true })
  results!: TestResultView[];
}
