import { EVENT_PATTERN, EVENT_PATTERN_MISTAKE } from '#libs/matching/src/event-pattern';
import { Decimal, Flag, ListOf, OneOrSeveral, textElement, Time } from './fields.js';
import { Shown } from './shown.js';

/** A delivery that is not over is retried, resumed or cancelled, not replayed. */
const REPLAYABLE_STATUSES = ['success', 'failed', 'cancelled'] as const;
export type ReplayableStatus = (typeof REPLAYABLE_STATUSES)[number];
const REPLAY_STATUSES = ['running', 'completed', 'cancelled'] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];
const REPLAY_REASONS = ['by_user', 'webhook_deleted', 'webhook_disabled', 'expired'] as const;
export type ReplayReason = (typeof REPLAY_REASONS)[number];

export class CreateReplayDto {
  @Time('Selects events stored at or after this time, at most 30 days ago and still in the log.')
  since!: string;

  @Time('Selects events stored before this time. Now by default, and at the latest.', { optional: true })
  until?: string;

  @OneOrSeveral(REPLAYABLE_STATUSES, 'Selects events whose delivery to this webhook ended so.', {
    optional: true,
    example: 'failed',
  })
  status?: ReplayableStatus | ReplayableStatus[];

  @ListOf(
    textElement(EVENT_PATTERN, EVENT_PATTERN_MISTAKE),
    [1, 100],
    "Selects events of these types and patterns. The webhook's own `events` by default.",
    { optional: true, example: ['deal.won', 'contact.*'] },
  )
  events?: string[];

  @Flag('Only counts, and shows some of the events.', { optional: true, default: false })
  dry_run?: boolean;

  @Decimal(
    0.1,
    10_000,
    'Deliveries a second at most. After a pause at most one second of them goes at once. As many as the webhook has room for by default.',
    { optional: true },
  )
  rate_per_second?: number;
}

/** Selection of a replay. */
class ReplaySelectionView {
  @Shown.text('Id of the webhook.')
  webhook_id!: string;
  @Shown.time('Start of the selected time, included.')
  since!: string;
  @Shown.time('End of the selected time, excluded.')
  until!: string;
  @Shown.someOf(REPLAYABLE_STATUSES, 'Statuses that the selected events ended with.', { nullable: 'any' })
  statuses!: ReplayableStatus[] | null;
  @Shown.texts('Selected event types and patterns.')
  events!: string[];
  @Shown.whole("Selected events, including those that the webhook's filter will refuse.")
  total!: number;
}

export class ReplayView extends ReplaySelectionView {
  @Shown.text('Id of the replay.', { example: 'rpl_01c6' })
  id!: string;
  @Shown.oneOf(REPLAY_STATUSES, '`completed`: every selected event has had its first attempt.')
  status!: ReplayStatus;
  @Shown.oneOf(REPLAY_REASONS, 'Why it was cancelled.', { nullable: 'it was not' })
  reason!: ReplayReason | null;
  @Shown.whole('Deliveries handed over. After a cancel, only those that had begun.')
  sent!: number;
  @Shown.whole("Events refused by the webhook's filter, or no longer of the selected status when their turn came.")
  skipped!: number;
  @Shown.whole('Deliveries that succeeded.')
  succeeded!: number;
  @Shown.whole('Deliveries that failed for good.')
  failed!: number;
  @Shown.whole('Deliveries that were cancelled.')
  cancelled!: number;
  @Shown.whole('Deliveries on their way, or waiting for their next attempt.')
  pending!: number;
  @Shown.number('Deliveries a second at most.', { nullable: 'no limit' })
  rate_per_second!: number | null;
  @Shown.text('Id of the API key that asked for it.')
  created_by!: string;
  @Shown.time('When it was asked for.')
  created_at!: string;
  @Shown.time('When it was completed or cancelled.', { nullable: 'it is running' })
  finished_at!: string | null;
}

export class ReplaySampleView {
  @Shown.text('Id of the event.')
  event_id!: string;
  @Shown.text('Event type.', { example: 'deal.won' })
  event!: string;
  @Shown.time('When it happened.')
  timestamp!: string;
  @Shown.text('Record that it is about. Left out when none is known.', { optional: true, example: 'deal:42' })
  key?: string;
}

export class ReplayPreviewView extends ReplaySelectionView {
  @Shown.list(() => ReplaySampleView, "Up to 10 of the newest events that pass the webhook's filter.")
  sample!: ReplaySampleView[];
}
