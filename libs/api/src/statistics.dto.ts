import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsOptional } from 'class-validator';

export class WebhookStatsQuery {
  /** RFC 3339: of the deliveries created since then; the last 24 hours by default. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
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
  /** 0–1, of the deliveries that have ended; null when none has. */
  @ApiProperty({ type: 'number', nullable: true })
  success_rate!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  p50_response_time_ms!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  p95_response_time_ms!: number | null;
  /** On their way. */
  @ApiProperty({ type: 'integer' })
  pending!: number;
  /** Waiting for their next attempt, now. */
  @ApiProperty({ type: 'integer' })
  pending_retry!: number;
  /** Waiting for the webhook, now: while it is paused, or until their turn comes. Falls while they are released. */
  @ApiProperty({ type: 'integer' })
  held!: number;
  /** When the event of the oldest of them was stored. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  oldest_held_at!: string | null;
}
