import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { DeliveryView } from './delivery.dto.js';
import { MayBeLeftOut } from './field-rules.js';

const POSITION_PATTERN = /^\d{1,15}\.\d{1,4}$/;

export class LiveDeliveriesQuery {
  @ApiPropertyOptional({ description: 'Of one webhook only.', pattern: ID_PATTERN.source })
  @MayBeLeftOut()
  @Matches(ID_PATTERN, { message: 'must be a webhook id' })
  webhook_id?: string;

  @ApiPropertyOptional({
    description: 'Where to go on: the `id` of the last event that came, for clients that cannot send `Last-Event-ID`.',
    example: '1042.3',
    pattern: POSITION_PATTERN.source,
  })
  @MayBeLeftOut()
  @Matches(POSITION_PATTERN, { message: 'must be the id of an event of this stream, e.g. 1042.3' })
  last_event_id?: string;
}

/** A delivery as it is after something happened to it. */
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
  @ApiProperty({ type: 'integer' })
  attempts!: number;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}
