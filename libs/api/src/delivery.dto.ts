import { EVENT_PATTERN, EVENT_PATTERN_MISTAKE } from '#libs/matching/src/event-pattern';
import type { AttemptTrigger } from '#libs/contracts/src/waiting-delivery';
import { CommaSeparated, Text, Time } from './fields.js';
import { PageQuery } from './page.dto.js';
import { Shown } from './shown.js';

export const DELIVERY_STATUSES = ['pending', 'pending_retry', 'success', 'failed', 'held', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
const TRIGGERS: AttemptTrigger[] = ['event', 'schedule', 'manual', 'replay', 'test', 'release'];

export class ListDeliveriesQuery extends PageQuery {
  @CommaSeparated(DELIVERY_STATUSES, 'Only deliveries of these statuses.', { example: ['failed', 'pending_retry'] })
  status?: string;

  @Text(1, 128, 'Only deliveries of this event type, or of a pattern: `deal.won`, `deal.*`.', {
    optional: true,
    pattern: EVENT_PATTERN,
    mistake: EVENT_PATTERN_MISTAKE,
  })
  event?: string;

  @Time('Only deliveries created at or after this time.', { optional: true })
  since?: string;

  @Time('Only deliveries created before this time.', { optional: true })
  until?: string;

  @Text(
    0,
    200,
    "Event id or record key in whole, else a part of a response's body. One page looks at the newest 10,000 deliveries: it may be " +
      'short and still have a `next_cursor`.',
    { optional: true },
  )
  search?: string;
}

export class DeliveryView {
  @Shown.text('Id of the delivery.', { example: 'dlv_01c6' })
  id!: string;
  @Shown.text('Id of the webhook.')
  webhook_id!: string;
  @Shown.text('Id of the event, which receivers get as `webhook-id`.')
  event_id!: string;
  @Shown.text('Event type.', { example: 'deal.won' })
  event!: string;
  @Shown.oneOf(
    DELIVERY_STATUSES,
    '`pending`: on its way. `pending_retry`: waits for its next attempt. `held`: waits for its webhook. The others are final.',
  )
  status!: DeliveryStatus;
  @Shown.whole('Status code of the last response; 408 for a time-out.', { nullable: 'no response' })
  response_code!: number | null;
  @Shown.whole('Duration of the last request, ms.', { nullable: 'no request yet' })
  response_time_ms!: number | null;
  @Shown.whole('Attempts made after the first one.')
  retry_count!: number;
  @Shown.time('When the next attempt is due.', { nullable: 'none is scheduled' })
  next_attempt_at!: string | null;
  @Shown.time('When the event was stored, or when the replay or test made it.')
  created_at!: string;
  @Shown.time('When its status last changed.')
  updated_at!: string;
  @Shown.flag('Made by a test.')
  is_test!: boolean;
  @Shown.text('Id of the replay that made it.', { optional: true })
  replay_of?: string;
}

export class AttemptView {
  @Shown.whole('Position among the attempts, from 1.')
  number!: number;
  @Shown.time('When the request began.')
  at!: string;
  @Shown.text('URL that it went to.')
  url!: string;
  @Shown.text('HTTP method of the request.')
  method!: string;
  @Shown.whole('Status code of the response; 408 for a time-out.', { nullable: 'no response' })
  status_code!: number | null;
  @Shown.text('Reason for a missing response, e.g. `timeout: …`.', { nullable: 'there was a response' })
  error!: string | null;
  @Shown.whole('Duration of the request, ms.')
  response_time_ms!: number;
  @Shown.text("First 1,000 characters of the response's body.")
  response_body!: string;
  @Shown.textMap('Headers of the response.')
  response_headers!: Record<string, string>;
  @Shown.oneOf(
    TRIGGERS,
    'Cause of the attempt: a fresh event, the retry schedule, a person (`manual`), a replay, a test, or the release of what was held.',
  )
  trigger!: string;
  @Shown.flag(
    'Whether the request was sent a second time at once: the receiver had closed the idle connection as the first one went out.',
  )
  resent!: boolean;
}

export class DeliveryDetailView extends DeliveryView {
  @Shown.text('Why it ended, waits or was cancelled.', { nullable: 'the status says it' })
  reason!: string | null;
  @Shown.text('Exact bytes sent, as text.', { nullable: 'no attempt yet, or the event is no longer kept' })
  payload!: string | null;
  @Shown.textMap("Headers of the last request. Secrets' values are masked.")
  request_headers!: Record<string, string>;
  @Shown.list(() => AttemptView, 'Every attempt, oldest first.')
  attempts!: AttemptView[];
}
