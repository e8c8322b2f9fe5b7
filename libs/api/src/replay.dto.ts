import { EVENT_PATTERN } from '#libs/matching/src/event-pattern';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsNumber, Matches, Max, Min, ValidateBy } from 'class-validator';
import { IsTime, MayBeLeftOut } from './field-rules.js';

/** A delivery that is not over is retried, resumed or cancelled, not replayed. */
const REPLAYABLE_STATUSES = ['success', 'failed', 'cancelled'] as const;
export type ReplayableStatus = (typeof REPLAYABLE_STATUSES)[number];
const REPLAY_STATUSES = ['running', 'completed', 'cancelled'] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];
const REPLAY_REASONS = ['by_user', 'webhook_deleted', 'webhook_disabled', 'expired'] as const;
export type ReplayReason = (typeof REPLAY_REASONS)[number];

export class CreateReplayDto {
  @ApiProperty({
    description: 'RFC 3339, no longer ago than 30 days: events stored at or after this time, as far as the log still shows them.',
    format: 'date-time',
  })
  @IsTime()
  since!: string;

  @ApiPropertyOptional({
    description: 'RFC 3339: events stored before this time; now, where it is left out or later than now.',
    format: 'date-time',
  })
  @MayBeLeftOut()
  @IsTime()
  until?: string;

  @ApiPropertyOptional({
    description: 'Only events whose delivery to this webhook ended so; one or several.',
    oneOf: [
      { type: 'string', enum: [...REPLAYABLE_STATUSES] },
      {
        type: 'array',
        items: { type: 'string', enum: [...REPLAYABLE_STATUSES] },
        minItems: 1,
        maxItems: REPLAYABLE_STATUSES.length,
      },
    ],
    example: 'failed',
  })
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isStatusOrStatuses',
    validator: {
      validate: isStatusOrStatuses,
      defaultMessage: () => `must be one of ${REPLAYABLE_STATUSES.join(', ')}, or an array of them`,
    },
  })
  status?: ReplayableStatus | ReplayableStatus[];

  @ApiPropertyOptional({
    description: 'Event types and patterns; where it is left out, what the webhook subscribes to.',
    type: 'array',
    items: { type: 'string', pattern: EVENT_PATTERN.source },
    example: ['deal.won', 'contact.*'],
    minItems: 1,
    maxItems: 100,
  })
  @MayBeLeftOut()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @Matches(EVENT_PATTERN, { each: true, message: 'each must be an event type or a pattern: deal.won, contact.*, *' })
  events?: string[];

  @ApiPropertyOptional({ description: 'Only counts, and shows some of the events.', default: false })
  @MayBeLeftOut()
  @IsBoolean()
  dry_run?: boolean;

  @ApiPropertyOptional({
    description:
      'So many a second at most, and after a pause no more than a second of them at once; without it, as many as the webhook has room for beside fresh events.',
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

function isStatusOrStatuses(value: unknown): boolean {
  const statuses: unknown[] = Array.isArray(value) ? value : [value];
  const isAll = statuses.every((one) => (REPLAYABLE_STATUSES as readonly unknown[]).includes(one));
  return isAll && statuses.length > 0 && statuses.length <= REPLAYABLE_STATUSES.length;
}

/** What a replay selects. */
class ReplaySelectionView {
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty({ format: 'date-time' })
  since!: string;
  @ApiProperty({ format: 'date-time' })
  until!: string;
  @ApiProperty({ type: 'array', items: { type: 'string', enum: [...REPLAYABLE_STATUSES] }, nullable: true })
  statuses!: ReplayableStatus[] | null;
  @ApiProperty({ type: 'array', items: { type: 'string' } })
  events!: string[];
  @ApiProperty({ description: "Events selected, those included that the webhook's filter will refuse.", type: 'integer' })
  total!: number;
}

export class ReplayView extends ReplaySelectionView {
  @ApiProperty({ example: 'rpl_01c6' })
  id!: string;
  @ApiProperty({ description: '`completed`: every selected event has had its first attempt.', enum: REPLAY_STATUSES })
  status!: ReplayStatus;
  @ApiProperty({ description: 'Why it was cancelled.', type: 'string', enum: REPLAY_REASONS, nullable: true })
  reason!: ReplayReason | null;
  @ApiProperty({
    description: 'Handed over for delivery; of a replay that a person has cancelled, only what had begun.',
    type: 'integer',
  })
  sent!: number;
  @ApiProperty({
    description: "Refused by the webhook's filter, or no longer of the status asked for when their turn came.",
    type: 'integer',
  })
  skipped!: number;
  @ApiProperty({ type: 'integer' })
  succeeded!: number;
  @ApiProperty({ type: 'integer' })
  failed!: number;
  @ApiProperty({ type: 'integer' })
  cancelled!: number;
  @ApiProperty({ description: 'Of those sent: on their way, or waiting for their next attempt.', type: 'integer' })
  pending!: number;
  @ApiProperty({ type: 'number', nullable: true })
  rate_per_second!: number | null;
  @ApiProperty({ description: 'The id of the API key that asked for it.' })
  created_by!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finished_at!: string | null;
}

export class ReplaySampleView {
  @ApiProperty()
  event_id!: string;
  @ApiProperty({ example: 'deal.won' })
  event!: string;
  @ApiProperty({ format: 'date-time' })
  timestamp!: string;
  @ApiPropertyOptional({ example: 'deal:42' })
  key?: string;
}

export class ReplayPreviewView extends ReplaySelectionView {
  @ApiProperty({
    description: "Up to 10 of the newest that pass the webhook's filter.",
    type: () => ReplaySampleView,
    isArray: true,
  })
  sample!: ReplaySampleView[];
}
