import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsTime, MayBeLeftOut } from './field-rules.js';

const INTERVALS = ['hour', 'day'] as const;
export type StatsInterval = (typeof INTERVALS)[number];

export class StatsQuery {
  @ApiPropertyOptional({ description: 'RFC 3339; 24 hours ago by default.', format: 'date-time' })
  @MayBeLeftOut()
  @IsTime()
  since?: string;

  @ApiPropertyOptional({ description: 'RFC 3339; now by default.', format: 'date-time' })
  @MayBeLeftOut()
  @IsTime()
  until?: string;

  @ApiPropertyOptional({
    description: 'What the series is told by, in UTC. The intervals that `since` and `until` fall into are told whole.',
    enum: INTERVALS,
    default: 'hour',
  })
  @MayBeLeftOut()
  @IsIn(INTERVALS)
  interval?: StatsInterval;
}

/** What happened in a time. It is counted when it happened, whenever the delivery was created; tests are not. */
export class StatsCountsView {
  @ApiProperty({
    description: 'Deliveries that ended with success. One that a person retries after its end, ends again.',
    type: 'integer',
  })
  success!: number;
  @ApiProperty({ type: 'integer' })
  failed!: number;
  @ApiProperty({ type: 'integer' })
  cancelled!: number;
  @ApiProperty({
    description: '`success` of `success` and `failed`; null when there is neither.',
    type: 'number',
    minimum: 0,
    maximum: 1,
    nullable: true,
  })
  success_rate!: number | null;
  @ApiProperty({ description: 'Requests.', type: 'integer' })
  attempts!: number;
  @ApiProperty({ description: 'Those of them that failed.', type: 'integer' })
  failed_attempts!: number;
  @ApiProperty({
    description: 'Of the attempts that were answered, with whatever status; right to 5 %.',
    type: 'integer',
    nullable: true,
  })
  p50_response_time_ms!: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  p95_response_time_ms!: number | null;
}

export class StatsPointView extends StatsCountsView {
  @ApiProperty({ description: 'When the interval begins.', format: 'date-time' })
  start!: string;
}

export class AccountStatsView extends StatsCountsView {
  @ApiProperty({ format: 'date-time' })
  since!: string;
  @ApiProperty({ format: 'date-time' })
  until!: string;
  @ApiProperty({
    description: 'Oldest first, at most of the last 30 days; intervals without anything too.',
    type: () => StatsPointView,
    isArray: true,
  })
  series!: StatsPointView[];
}

export class WebhookStatsView {
  @ApiProperty({ format: 'date-time' })
  since!: string;
  @ApiProperty({ format: 'date-time' })
  until!: string;
  @ApiProperty({
    description: 'How its receiver does, in a sentence; times in UTC.',
    example: '401 since 10:02, after the secret was rotated at 10:00',
  })
  health!: string;
  @ApiProperty({
    description: 'Of the deliveries created in this time, what has become of them by now: those that were delivered.',
    type: 'integer',
  })
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
  @ApiProperty({
    description: 'Oldest first, at most of the last 30 days; intervals without anything too.',
    type: () => StatsPointView,
    isArray: true,
  })
  series!: StatsPointView[];
}
