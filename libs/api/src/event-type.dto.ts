import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { OmitType, PartialType } from '@nestjs/swagger';
import { JsonObject, Text } from './fields.js';
import { Shown } from './shown.js';

/** Bound of an account's own event types, beside its profile's catalog. */
export const OWN_EVENT_TYPES_MAX = 200;

export class CreateEventTypeDto {
  @Text(1, 128, 'Name: lower-case words joined by dots, at most eight, e.g. `invoice.payment.failed`.', {
    pattern: EVENT_TYPE_PATTERN,
    mistake: 'must be lower-case words joined by dots, e.g. shipment.delayed',
    example: 'shipment.delayed',
  })
  name!: string;

  @Text(1, 100, 'Heading under which lists show it.', { example: 'Shipments' })
  category!: string;

  @Text(0, 500, 'When such an event happens.', { example: 'A shipment will arrive later than promised' })
  description!: string;

  @JsonObject('JSON Schema (draft 2020-12) of `data`, at most 64 KiB.', { nullable: 'any object is accepted' })
  schema?: object | null;

  @JsonObject('Realistic `data` that fits the schema. Test deliveries send it.', { optional: true })
  sample?: Record<string, unknown>;
}

/** Events and webhooks refer to a type by its name, so the name stays. */
export class UpdateEventTypeDto extends PartialType(OmitType(CreateEventTypeDto, ['name'] as const), {
  skipNullProperties: false,
}) {}

export class EventTypeView {
  @Shown.text('Name of the type.', { example: 'deal.won' })
  name!: string;
  @Shown.text('Heading under which lists show it.')
  category!: string;
  @Shown.text('When such an event happens.')
  description!: string;
  @Shown.json('JSON Schema of `data`.', { nullable: 'any object is accepted' })
  schema!: object | null;
  @Shown.json('Realistic `data`, which test deliveries send.')
  sample!: Record<string, unknown>;
  @Shown.flag("True for the account's own types, false for the catalog of its profile.")
  is_own!: boolean;
}
