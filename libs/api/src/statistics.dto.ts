import { OneOf, Time } from './fields.js';
import { Shown } from './shown.js';

const INTERVALS = ['hour', 'day'] as const;
export type StatsInterval = (typeof INTERVALS)[number];

export class StatsQuery {
  @Time('Start of the time. 24 hours ago by default.', { optional: true })
  since?: string;

  @Time('End of the time. Now by default.', { optional: true })
  until?: string;

  @OneOf(INTERVALS, 'Length of an interval of the series, in UTC. Intervals at both ends are counted whole.', {
    optional: true,
    default: 'hour',
  })
  interval?: StatsInterval;
}

const P50 = 'Median response time of answered attempts, ms, right to 5 %.';
const P95 = '95th percentile of the response time of answered attempts, ms, right to 5 %.';
const NO_ANSWER = 'no attempt was answered';
const SERIES = 'Intervals, oldest first, at most 30 days back, empty ones included.';

/** Counts of a time. Each thing counts when it happened, whenever its delivery was created. Tests do not count. */
export class StatsCountsView {
  @Shown.whole('Deliveries that succeeded. A manual retry after the end counts again.')
  success!: number;
  @Shown.whole('Deliveries that failed for good.')
  failed!: number;
  @Shown.whole('Deliveries that were cancelled.')
  cancelled!: number;
  @Shown.share('Share of `success` in `success` and `failed`, from 0 to 1.', { nullable: 'there was neither' })
  success_rate!: number | null;
  @Shown.whole('Requests.')
  attempts!: number;
  @Shown.whole('Requests that failed.')
  failed_attempts!: number;
  @Shown.whole(P50, { nullable: NO_ANSWER })
  p50_response_time_ms!: number | null;
  @Shown.whole(P95, { nullable: NO_ANSWER })
  p95_response_time_ms!: number | null;
}

export class StatsPointView extends StatsCountsView {
  @Shown.time('Start of the interval.')
  start!: string;
}

export class AccountStatsView extends StatsCountsView {
  @Shown.time('Start of the time.')
  since!: string;
  @Shown.time('End of the time.')
  until!: string;
  @Shown.list(() => StatsPointView, SERIES)
  series!: StatsPointView[];
}

export class WebhookStatsView {
  @Shown.time('Start of the time.')
  since!: string;
  @Shown.time('End of the time.')
  until!: string;
  @Shown.text("Receiver's health in a sentence, times in UTC.", {
    example: '401 since 10:02, after the secret was rotated at 10:00',
  })
  health!: string;
  @Shown.whole('Deliveries created in this time that have succeeded by now.')
  success!: number;
  @Shown.whole('Deliveries created in this time that have failed for good by now.')
  failed!: number;
  @Shown.whole('Deliveries created in this time that were cancelled.')
  cancelled!: number;
  @Shown.share('Share of `success` in the deliveries that have ended, from 0 to 1.', { nullable: 'none has ended' })
  success_rate!: number | null;
  @Shown.whole(P50, { nullable: NO_ANSWER })
  p50_response_time_ms!: number | null;
  @Shown.whole(P95, { nullable: NO_ANSWER })
  p95_response_time_ms!: number | null;
  @Shown.whole('Deliveries on their way.')
  pending!: number;
  @Shown.whole('Deliveries that wait for their next attempt now.')
  pending_retry!: number;
  @Shown.whole('Deliveries that wait for the webhook now, while it is paused or until their turn comes.')
  held!: number;
  @Shown.time('When the event of the oldest held delivery was stored.', { nullable: 'none is held' })
  oldest_held_at!: string | null;
  @Shown.list(() => StatsPointView, SERIES)
  series!: StatsPointView[];
}
