import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, Length, Matches } from 'class-validator';

/** An account's own event types, beside the catalog of its profile. */
export const OWN_EVENT_TYPES_MAX = 200;

export class CreateEventTypeDto {
  /** Lower-case words joined by dots, at most eight, e.g. `invoice.payment.failed`. */
  @ApiProperty({ pattern: EVENT_TYPE_PATTERN.source, maxLength: 128, example: 'shipment.delayed' })
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

  /** JSON Schema (draft 2020-12) of `data`, at most 64 KiB; without it any object is accepted. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  @IsOptional()
  @IsObject()
  schema?: object | null;

  /** A realistic `data`, which must fit the schema: test deliveries are made of it. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  sample?: Record<string, unknown>;
}

/** A name is what events and webhooks refer to, so it stays. */
export class UpdateEventTypeDto extends PartialType(OmitType(CreateEventTypeDto, ['name'] as const)) {}

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
  /** Made by the account; the others belong to its profile. */
  @ApiProperty()
  is_own!: boolean;
}
