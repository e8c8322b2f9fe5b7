import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, Length, Matches } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';

/** An account's own event types, beside the catalog of its profile. */
export const OWN_EVENT_TYPES_MAX = 200;

export class CreateEventTypeDto {
  @ApiProperty({
    description: 'Lower-case words joined by dots, at most eight, e.g. `invoice.payment.failed`.',
    pattern: EVENT_TYPE_PATTERN.source,
    minLength: 1,
    maxLength: 128,
    example: 'shipment.delayed',
  })
  @IsString()
  @Length(1, 128)
  @Matches(EVENT_TYPE_PATTERN, { message: 'must be lower-case words joined by dots, e.g. shipment.delayed' })
  name!: string;

  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Shipments' })
  @IsString()
  @Length(1, 100)
  category!: string;

  @ApiProperty({ maxLength: 500, example: 'A shipment will arrive later than promised' })
  @IsString()
  @Length(0, 500)
  description!: string;

  @ApiPropertyOptional({
    description: 'JSON Schema (draft 2020-12) of `data`, at most 64 KiB; without it any object is accepted.',
    type: 'object',
    additionalProperties: true,
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  schema?: object | null;

  @ApiPropertyOptional({
    description: 'A realistic `data`, which must fit the schema: test deliveries are made of it.',
    type: 'object',
    additionalProperties: true,
  })
  @MayBeLeftOut()
  @IsObject()
  sample?: Record<string, unknown>;
}

/** A name is what events and webhooks refer to, so it stays. */
export class UpdateEventTypeDto extends PartialType(OmitType(CreateEventTypeDto, ['name'] as const), {
  skipNullProperties: false,
}) {}

export class EventTypeView {
  @ApiProperty({ example: 'deal.won' })
  name!: string;
  @ApiProperty()
  category!: string;
  @ApiProperty()
  description!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  schema!: object | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  sample!: Record<string, unknown>;
  @ApiProperty({ description: 'Made by the account; the others belong to its profile.' })
  is_own!: boolean;
}
