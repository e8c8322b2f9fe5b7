import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DELIVERY_STATUSES, type DeliveryStatus } from './delivery.dto.js';

/** Documents `POST /events`; its bytes are checked by ingestion, which keeps them as they came. */
export class PublishEventDto {
  @ApiPropertyOptional({
    description: 'The same id twice within the window is one event. Generated when left out.',
    pattern: ID_PATTERN.source,
  })
  id?: string;
  @ApiProperty({ example: 'deal.won', pattern: EVENT_TYPE_PATTERN.source, maxLength: 128 })
  event!: string;
  @ApiPropertyOptional({ description: 'The time of acceptance when left out.', format: 'date-time' })
  timestamp?: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { id: 'deal_42', amount: 50_000 } })
  data!: Record<string, unknown>;
  @ApiPropertyOptional({
    description: 'The record the event is about. When left out it is made of `data.id` or `data.<noun>_id`.',
    example: 'deal:42',
    pattern: '^[\\x21-\\x7e]{1,200}$',
  })
  key?: string;
}

/** What a schema says of an event that was accepted all the same: the account's `schema_mode` is `warn`. */
export class SchemaWarningView {
  @ApiProperty({ example: '/data/amount' })
  pointer!: string;
  @ApiProperty({ example: 'must be number' })
  detail!: string;
}

export class EventReceiptView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  event!: string;
  @ApiProperty({ format: 'date-time' })
  timestamp!: string;
  @ApiProperty({ description: 'It was accepted before; this changes nothing.' })
  duplicate!: boolean;
  @ApiPropertyOptional({ description: 'Only when there are any.', type: () => SchemaWarningView, isArray: true })
  warnings?: SchemaWarningView[];
}

export class EventDeliveryView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty({ enum: DELIVERY_STATUSES })
  status!: DeliveryStatus;
}

export class EventView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  event!: string;
  @ApiProperty({ format: 'date-time' })
  timestamp!: string;
  @ApiProperty({ type: 'string', nullable: true })
  key!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  data!: unknown;
  @ApiProperty({ format: 'date-time' })
  stored_at!: string;
  @ApiProperty({ type: () => SchemaWarningView, isArray: true })
  warnings!: SchemaWarningView[];
  @ApiProperty({ type: () => EventDeliveryView, isArray: true })
  deliveries!: EventDeliveryView[];
}

export class RejectedEventView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ description: 'A problem code: `unknown_event_type`, `invalid_json`, …' })
  code!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ description: 'The NATS subject it came on.' })
  source!: string;
  @ApiProperty({ type: 'string', nullable: true })
  event_id!: string | null;
  @ApiProperty({ type: 'string', nullable: true })
  event!: string | null;
  @ApiProperty({ format: 'date-time' })
  received_at!: string;
  @ApiProperty({ type: 'integer' })
  body_bytes!: number;
}

export class RejectedEventDetailView extends RejectedEventView {
  @ApiProperty({ description: 'As it came, as text.' })
  body!: string;
}
