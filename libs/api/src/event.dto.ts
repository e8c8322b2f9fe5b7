import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, ValidateIf } from 'class-validator';
import { DELIVERY_STATUSES, type DeliveryStatus } from './delivery.dto.js';
import { MayBeLeftOut } from './field-rules.js';

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
  @ApiProperty({ description: 'Null when it was erased.', type: 'object', additionalProperties: true, nullable: true })
  data!: unknown;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  erased_at!: string | null;
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
  @ApiProperty({ description: 'The NATS subject it came on, or `/in/` and the id of the inbound webhook.' })
  source!: string;
  @ApiProperty({ type: 'string', nullable: true })
  event_id!: string | null;
  @ApiProperty({ type: 'string', nullable: true })
  event!: string | null;
  @ApiProperty({ format: 'date-time' })
  received_at!: string;
  @ApiProperty({ type: 'integer' })
  body_bytes!: number;
  @ApiProperty({ description: 'The event that it became when it was last sent again.', type: 'string', nullable: true })
  resent_as!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  resent_at!: string | null;
  @ApiProperty({ description: 'Its body and reason are empty then.', type: 'string', format: 'date-time', nullable: true })
  erased_at!: string | null;
}

export class RejectedEventDetailView extends RejectedEventView {
  @ApiProperty({ description: 'As it came, as text.' })
  body!: string;
}

export class ResendRejectedEventDto {
  @ApiPropertyOptional({
    description:
      'The edited body: JSON as text, whose bytes stay as they are, or an object. Without it, the body as it came. What came over ' +
      'NATS is an envelope, `{"data": {…}}`; what came to an inbound webhook goes through its mapping.',
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
  })
  @MayBeLeftOut()
  @ValidateIf((_object, value) => typeof value !== 'string')
  @IsObject({ message: 'must be JSON as text, or an object' })
  body?: string | Record<string, unknown>;
}
