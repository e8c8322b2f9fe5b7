import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DELIVERY_STATUSES, type DeliveryStatus } from './delivery.dto.js';

/** Documents `POST /events`; its bytes are checked by ingestion, which keeps them as they came. */
export class PublishEventDto {
  /** `^[A-Za-z0-9_-]{1,64}$`. The same id twice within the window is one event. Generated when left out. */
  @ApiPropertyOptional({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
  id?: string;
  @ApiProperty({ example: 'deal.won' })
  event!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  timestamp?: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { id: 'deal_42', amount: 50_000 } })
  data!: Record<string, unknown>;
  /** The record the event is about. */
  @ApiPropertyOptional({ example: 'deal:42' })
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
  /** It was accepted before; this changes nothing. */
  @ApiProperty()
  duplicate!: boolean;
  /** Only when there are any. */
  @ApiPropertyOptional({ type: () => SchemaWarningView, isArray: true })
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
  /** A problem code: `unknown_event_type`, `invalid_json`, … */
  @ApiProperty()
  code!: string;
  @ApiProperty()
  reason!: string;
  /** The NATS subject it came on. */
  @ApiProperty()
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
  /** As it came, as text. */
  @ApiProperty()
  body!: string;
}
