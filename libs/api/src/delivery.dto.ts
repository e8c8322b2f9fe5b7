import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, Matches, MaxLength } from 'class-validator';
import { IsTime, MayBeLeftOut } from './field-rules.js';
import { PageQuery } from './page.dto.js';

export const DELIVERY_STATUSES = ['pending', 'pending_retry', 'success', 'failed', 'held', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export class ListDeliveriesQuery extends PageQuery {
  @ApiPropertyOptional({
    description: 'One or several.',
    enum: DELIVERY_STATUSES,
    isArray: true,
    example: ['failed', 'pending_retry'],
  })
  @MayBeLeftOut()
  @Matches(/^(pending|pending_retry|success|failed|held|cancelled)(,(pending|pending_retry|success|failed|held|cancelled))*$/, {
    message: `must be one or several of ${DELIVERY_STATUSES.join(', ')}`,
  })
  status?: string;

  @ApiPropertyOptional({ description: 'An event type.', minLength: 1, maxLength: 128 })
  @MayBeLeftOut()
  @IsString()
  @Length(1, 128)
  event?: string;

  @ApiPropertyOptional({ description: 'RFC 3339: deliveries created at or after this time.', format: 'date-time' })
  @MayBeLeftOut()
  @IsTime()
  since?: string;

  @ApiPropertyOptional({ description: 'RFC 3339: deliveries created before this time.', format: 'date-time' })
  @MayBeLeftOut()
  @IsTime()
  until?: string;

  @ApiPropertyOptional({
    description:
      "An event id or a record key, whole; else a part of a response's body. One page looks at the newest 10,000 deliveries, so it may be short and still have a `next_cursor`.",
    maxLength: 200,
  })
  @MayBeLeftOut()
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
  @ApiProperty({ description: 'The first 1,000 characters.' })
  response_body!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  response_headers!: Record<string, string>;
  @ApiProperty({ enum: ['event', 'schedule', 'manual', 'replay', 'test', 'release'] })
  trigger!: string;
}

export class DeliveryDetailView extends DeliveryView {
  @ApiProperty({
    description: 'Why it ended, waits or was cancelled, where the status does not say it.',
    type: 'string',
    nullable: true,
  })
  reason!: string | null;
  @ApiProperty({
    description: 'The exact bytes sent, as text; null before the first attempt, and when the event is no longer kept.',
    type: 'string',
    nullable: true,
  })
  payload!: string | null;
  @ApiProperty({
    description: 'Of the last attempt, the values of secrets masked.',
    type: 'object',
    additionalProperties: { type: 'string' },
  })
  request_headers!: Record<string, string>;
  @ApiProperty({ type: () => AttemptView, isArray: true })
  attempts!: AttemptView[];
}
