import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsTime, MayBeLeftOut } from './field-rules.js';

export class WebhookStatsQuery {
  @ApiPropertyOptional({
    description: 'RFC 3339: of the deliveries created since then; the last 24 hours by default.',
    format: 'date-time',
  })
  @MayBeLeftOut()
  @IsTime()
  since?: string;
}

export class WebhookStatsView {
  @ApiProperty({ format: 'date-time' })
  since!: string;
  @ApiProperty({ type: 'integer' })
  success!: number;
  @ApiProperty({ type: 'integer' })
  failed!: number;
  @ApiProperty({ type: 'integer' })
  cancelled!: number;
  @ApiProperty({ description: '0–1, of the deliveries that have ended; null when none has.', type: 'number', nullable: true })
  success_rate!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  p50_response_time_ms!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  p95_response_time_ms!: number | null;
  @ApiProperty({ description: 'On their way.', type: 'integer' })
  pending!: number;
  @ApiProperty({ description: 'Waiting for their next attempt, now.', type: 'integer' })
  pending_retry!: number;
  @ApiProperty({
    description: 'Waiting for the webhook, now: while it is paused, or until their turn comes. Falls while they are released.',
    type: 'integer',
  })
  held!: number;
  @ApiProperty({
    description: 'When the event of the oldest of them was stored.',
    type: 'string',
    format: 'date-time',
    nullable: true,
  })
  oldest_held_at!: string | null;
}
