import { ID_PATTERN } from '#libs/contracts/src/ids';
import { PickType } from '@nestjs/swagger';
import { DeliveryView } from './delivery.dto.js';
import { Pattern } from './fields.js';
import { Shown } from './shown.js';

const POSITION_PATTERN = /^\d{1,15}\.\d{1,4}$/;

export class LiveDeliveriesQuery {
  @Pattern(ID_PATTERN, 'must be a webhook id', 'Only deliveries of this webhook.', { optional: true })
  webhook_id?: string;

  @Pattern(
    POSITION_PATTERN,
    'must be the id of an event of this stream, e.g. 1042.3',
    'Continues after the event with this `id`, for clients that cannot send `Last-Event-ID`.',
    { optional: true, example: '1042.3' },
  )
  last_event_id?: string;
}

/** Snapshot of a delivery after something happened to it. */
export class LiveDeliveryView extends PickType(DeliveryView, [
  'id',
  'webhook_id',
  'event_id',
  'event',
  'status',
  'response_code',
  'response_time_ms',
  'next_attempt_at',
  'is_test',
  'replay_of',
] as const) {
  @Shown.whole('Attempts made so far.')
  attempts!: number;
  @Shown.time('When it happened.')
  at!: string;
}
