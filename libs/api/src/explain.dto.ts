import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Pattern } from './fields.js';
import { PageQuery } from './page.dto.js';
import { Shown } from './shown.js';

export class ExplainEventQuery extends PageQuery {
  @Pattern(
    ID_PATTERN,
    'must be an id',
    'Explains every step for this webhook. Without it, each webhook of the account gets one sentence.',
    { optional: true },
  )
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
  @Shown.time('When it happened.')
  at!: string;
  @Shown.oneOf(STEPS, 'Kind of step, for programs.')
  type!: ExplainedStep;
  @Shown.text('Step in words.', {
    example: 'Attempt 1 was answered with 503 in 84 ms; the next attempt was set for 2026-03-21 14:31:00 UTC.',
  })
  message!: string;
}

export class ExplainedWebhookView {
  @Shown.text('Id of the webhook.')
  webhook_id!: string;
  @Shown.text('Name of the webhook.')
  name!: string;
  @Shown.oneOf(OUTCOMES, 'Result for this webhook, for programs.')
  outcome!: ExplainedOutcome;
  @Shown.text('Result in a sentence.', { example: 'Not sent. Filter clause data.amount gte 1000 failed with 250.' })
  summary!: string;
  @Shown.list(() => ExplainedStepView, 'Steps in the order they happened. Only when the query names one webhook.', {
    optional: true,
  })
  steps?: ExplainedStepView[];
}

export class RejectionView {
  @Shown.text('Id of the rejected event.', { example: 'rej_01c6' })
  id!: string;
  @Shown.time('When it was rejected.')
  at!: string;
  @Shown.text('Problem code: `schema_mismatch`, `unknown_event_type`, …')
  code!: string;
  @Shown.text('Mistake in words.')
  reason!: string;
  @Shown.text('Advice in words.', { example: 'Correct the data, and publish the event again.' })
  hint!: string;
}

export class EventExplanationView {
  @Shown.text('Id of the event.', { nullable: 'a rejected event that named none' })
  event_id!: string | null;
  @Shown.text('Event type.', { nullable: 'a rejected event that named none', example: 'deal.won' })
  event!: string | null;
  @Shown.time('When it arrived.')
  received_at!: string;
  @Shown.object(() => RejectionView, 'The last rejection of an event with this id.', { nullable: 'there was none' })
  rejection!: RejectionView | null;
  @Shown.list(
    () => ExplainedWebhookView,
    'The webhook that the query names; else a page of those not deleted before the event arrived, newest first.',
  )
  webhooks!: ExplainedWebhookView[];
  @Shown.text('`cursor` of the next page.', { nullable: 'this is the last page' })
  next_cursor!: string | null;
}
