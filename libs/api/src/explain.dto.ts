import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';
import { PageQuery } from './page.dto.js';

export class ExplainEventQuery extends PageQuery {
  @ApiPropertyOptional({
    description: 'Explains every step for this webhook. Without it, each webhook of the account is explained in a sentence.',
    pattern: ID_PATTERN.source,
  })
  @MayBeLeftOut()
  @Matches(ID_PATTERN, { message: 'must be an id' })
  webhook_id?: string;
}

const OUTCOMES = ['delivered', 'pending', 'held', 'failed', 'cancelled', 'not_matched', 'rejected'] as const;
export type ExplainedOutcome = (typeof OUTCOMES)[number];

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
  'erased',
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
  type!: ExplainedStep;
  @ApiProperty({ example: 'Attempt 1 was answered with 503 in 84 ms; the next attempt was set for 2026-03-21 14:31:00 UTC.' })
  message!: string;
}

export class ExplainedWebhookView {
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: OUTCOMES })
  outcome!: ExplainedOutcome;
  @ApiProperty({ example: 'Not sent. Filter clause data.amount gte 1000 failed with 250.' })
  summary!: string;
  @ApiPropertyOptional({
    description: 'In the order they happened; only when one webhook is asked for.',
    type: () => ExplainedStepView,
    isArray: true,
  })
  steps?: ExplainedStepView[];
}

export class RejectionView {
  @ApiProperty({ example: 'rej_01c6' })
  id!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ description: 'A problem code: `schema_mismatch`, `unknown_event_type`, …' })
  code!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ example: 'Correct the data, and publish the event again.' })
  hint!: string;
}

export class EventExplanationView {
  @ApiProperty({ type: 'string', nullable: true })
  event_id!: string | null;
  @ApiProperty({ type: 'string', nullable: true, example: 'deal.won' })
  event!: string | null;
  @ApiProperty({ format: 'date-time' })
  received_at!: string;
  @ApiProperty({
    description: 'The last time that an event of this id was not accepted; null: it always was.',
    type: () => RejectionView,
    nullable: true,
  })
  rejection!: RejectionView | null;
  @ApiProperty({
    description: 'The one asked for; or a page of those that were not deleted before the event came, newest first.',
    type: () => ExplainedWebhookView,
    isArray: true,
  })
  webhooks!: ExplainedWebhookView[];
  @ApiProperty({ description: '`cursor` of the next page; null on the last one.', type: 'string', nullable: true })
  next_cursor!: string | null;
}
