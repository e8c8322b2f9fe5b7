import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { PageQuery } from './page.dto.js';

export const DELIVERY_STATUSES = ['pending', 'pending_retry', 'success', 'failed', 'held', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export class ListDeliveriesQuery extends PageQuery {
  /** One or several statuses, separated by commas. */
  @ApiPropertyOptional({ example: 'failed,pending_retry' })
  @IsOptional()
  @Matches(/^(pending|pending_retry|success|failed|held|cancelled)(,(pending|pending_retry|success|failed|held|cancelled))*$/, {
    message: `must be one or several of ${DELIVERY_STATUSES.join(', ')}`,
  })
  status?: string;

  /** An event type. */
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(1, 128)
  event?: string;

  /** RFC 3339: deliveries created at or after this time. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;

  /** RFC 3339: deliveries created before this time. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  until?: string;

  /**
   * An event id or a record key, whole; else a part of a response's body. One page looks at the newest 10,000 deliveries, so it
   * may be short and still have a `next_cursor`.
   */
  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  search?: string;
}

export class DeliveryView {
  @ApiProperty({ example: 'dlv_01c6' })
  id!: string;
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty()
  event_id!: string;
  @ApiProperty({ example: 'deal.won' })
  event!: string;
  @ApiProperty({ enum: DELIVERY_STATUSES })
  status!: DeliveryStatus;
  @ApiProperty({ type: 'integer', nullable: true })
  response_code!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  response_time_ms!: number | null;
  @ApiProperty({ type: 'integer' })
  retry_count!: number;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  next_attempt_at!: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
  @ApiProperty()
  is_test!: boolean;
  @ApiPropertyOptional()
  replay_of?: string;
}

export class AttemptView {
  @ApiProperty({ type: 'integer' })
  number!: number;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ type: 'integer', nullable: true })
  status_code!: number | null;
  @ApiProperty({ type: 'string', nullable: true })
  error!: string | null;
  @ApiProperty({ type: 'integer' })
  response_time_ms!: number;
  /** The first 1,000 characters. */
  @ApiProperty()
  response_body!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  response_headers!: Record<string, string>;
  @ApiProperty({ enum: ['event', 'schedule', 'retry', 'replay', 'test', 'release'] })
  trigger!: string;
}

export class DeliveryDetailView extends DeliveryView {
  /** Why it ended, waits or was cancelled, where the status does not say it. */
  @ApiProperty({ type: 'string', nullable: true })
  reason!: string | null;
  /** The exact bytes sent, as text; null before the first attempt, and when the event is no longer kept. */
  @ApiProperty({ type: 'string', nullable: true })
  payload!: string | null;
  /** Of the last attempt, the values of secrets masked. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  request_headers!: Record<string, string>;
  @ApiProperty({ type: () => AttemptView, isArray: true })
  attempts!: AttemptView[];
}
