import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { PageQuery } from './page.dto.js';

export class ExplainEventQuery extends PageQuery {
  /** Explains every step for this webhook; without it, each webhook of the account in a sentence. */
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(ID_PATTERN)
  webhook_id?: string;
}

export const EXPLAINED_OUTCOMES = ['delivered', 'pending', 'held', 'failed', 'cancelled', 'not_matched', 'rejected'] as const;
export type ExplainedOutcome = (typeof EXPLAINED_OUTCOMES)[number];

const STEPS = [
  'stored',
  'rejected',
  'matched',
  'not_subscribed',
  'filtered',
  'made_later',
  'deleted',
  'disabled',
  'changed',
  'unknown',
  'replayed',
  'held',
  'succeeded',
  'retried',
  'failed',
  'cancelled',
] as const;
export type ExplainedStep = (typeof STEPS)[number];

export class ExplainedStepView {
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ enum: STEPS })
  what!: ExplainedStep;
  @ApiProperty({ example: 'Attempt 1 was answered with 503; retried: the next one was due at 2026-03-21 14:31:00 UTC.' })
  words!: string;
}

export class ExplainedWebhookView {
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: EXPLAINED_OUTCOMES })
  outcome!: ExplainedOutcome;
  @ApiProperty({ example: 'Not sent: filter clause data.amount gte 1000 failed with 250.' })
  summary!: string;
  /** In the order they happened; only when one webhook is asked for. */
  @ApiPropertyOptional({ type: () => ExplainedStepView, isArray: true })
  steps?: ExplainedStepView[];
}

export class RejectionView {
  @ApiProperty({ example: 'rej_01c6' })
  id!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  /** A problem code: `schema_mismatch`, `unknown_event_type`, … */
  @ApiProperty()
  code!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ example: 'Correct the data and publish it again.' })
  what_to_do!: string;
}

export class EventExplanationView {
  @ApiProperty({ type: 'string', nullable: true })
  event_id!: string | null;
  @ApiProperty({ type: 'string', nullable: true, example: 'deal.won' })
  event!: string | null;
  @ApiProperty({ format: 'date-time' })
  received_at!: string;
  /** The last time that an event of this id was refused; null: it never was. */
  @ApiProperty({ type: () => RejectionView, nullable: true })
  rejection!: RejectionView | null;
  /** A page of them, newest first. */
  @ApiProperty({ type: () => ExplainedWebhookView, isArray: true })
  webhooks!: ExplainedWebhookView[];
  @ApiProperty({ type: 'string', nullable: true })
  next_cursor!: string | null;
}
