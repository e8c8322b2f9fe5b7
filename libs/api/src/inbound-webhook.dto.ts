import {
  BODY_PATH_PATTERN,
  SIGNATURE_SCHEMES,
  type InboundMapping,
  type SignatureScheme,
} from '#libs/contracts/src/inbound-webhook-state';
import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, Length, Matches, ValidateBy, ValidateNested } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';

/** An ASCII token (RFC 9110). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,128}$/;
const SECRET_PATTERN = /^[\x21-\x7e]+$/;
const FIELDS_MAX = 50;
const PATH = { type: 'string', pattern: BODY_PATH_PATTERN.source } as const;
const PATH_MESSAGE = 'must be a path into the body: names of members, joined by dots';

export class InboundVerificationDto {
  @ApiProperty({
    description:
      'How the sender signs, each with HMAC-SHA256: `standard` is Standard Webhooks; `hex`, `base64` and `prefixed_hex` (`sha256=…`) ' +
      'are of the body; `timestamped` (`t=…,v1=…`) is of time and body. Times may be 300 seconds off.',
    enum: SIGNATURE_SCHEMES,
  })
  @IsIn(SIGNATURE_SCHEMES)
  scheme!: SignatureScheme;

  @ApiPropertyOptional({
    description: 'The header that carries the signature. `standard` needs none: its headers have names of their own.',
    type: 'string',
    pattern: HEADER_NAME.source,
    nullable: true,
    example: 'X-Hub-Signature-256',
  })
  @IsOptional()
  @Matches(HEADER_NAME, { message: 'must be a header name: letters, digits and hyphens' })
  header?: string | null;

  @ApiProperty({
    description: 'What the sender signs with. It is never shown again.',
    minLength: 8,
    maxLength: 256,
    pattern: SECRET_PATTERN.source,
  })
  @IsString()
  @Length(8, 256)
  @Matches(SECRET_PATTERN, { message: 'must have visible ASCII characters only' })
  secret!: string;
}

/** Where the parts of an event are in the body: `object.id`, names of members joined by dots. */
export class InboundMappingDto implements InboundMapping {
  @ApiPropertyOptional({
    ...PATH,
    description: 'What the sender tells its events apart by: within seven days, the same one has no second effect.',
    example: 'event.id',
  })
  @MayBeLeftOut()
  @Matches(BODY_PATH_PATTERN, { message: PATH_MESSAGE })
  id?: string;

  @ApiPropertyOptional({ ...PATH, description: 'The record the event is about.', example: 'object.customer_id' })
  @MayBeLeftOut()
  @Matches(BODY_PATH_PATTERN, { message: PATH_MESSAGE })
  key?: string;

  @ApiPropertyOptional({
    ...PATH,
    description: 'An RFC 3339 time, or Unix time in seconds or milliseconds. Without it, the time of reception.',
    example: 'event.created_at',
  })
  @MayBeLeftOut()
  @Matches(BODY_PATH_PATTERN, { message: PATH_MESSAGE })
  timestamp?: string;

  @ApiPropertyOptional({
    description: "The event's data: an object of the body, or its fields one by one. Without it, the whole body.",
    oneOf: [
      PATH,
      {
        type: 'object',
        additionalProperties: PATH,
        minProperties: 1,
        maxProperties: FIELDS_MAX,
      },
    ],
    example: { email: 'object.contact.email' },
  })
  @MayBeLeftOut()
  @ValidateBy({
    name: 'isPathOrPaths',
    validator: {
      validate: isPathOrPaths,
      defaultMessage: () => `must be a path into the body, or an object of 1 to ${FIELDS_MAX} of them`,
    },
  })
  data?: string | Record<string, string>;
}

function isPathOrPaths(value: unknown): boolean {
  const isPath = (one: unknown): boolean => typeof one === 'string' && BODY_PATH_PATTERN.test(one);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return isPath(value);
  const paths = Object.values(value);
  return paths.length > 0 && paths.length <= FIELDS_MAX && paths.every(isPath);
}

export class CreateInboundWebhookDto {
  @ApiProperty({ example: 'Form on the website', minLength: 1, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({ description: 'The type of the events that it makes.', example: 'lead.created', minLength: 1, maxLength: 128 })
  @IsString()
  @Length(1, 128)
  event!: string;

  @ApiPropertyOptional({
    description: 'Without it, whoever knows the URL may post; null removes it.',
    type: () => InboundVerificationDto,
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InboundVerificationDto)
  verification?: InboundVerificationDto | null;

  @ApiPropertyOptional({
    description: "How a body becomes an event. Without it, the body is the event's data; null removes it.",
    type: () => InboundMappingDto,
    nullable: true,
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InboundMappingDto)
  mapping?: InboundMappingDto | null;
}

export class UpdateInboundWebhookDto extends PartialType(CreateInboundWebhookDto, { skipNullProperties: false }) {}

export class InboundVerificationView {
  @ApiProperty({ enum: SIGNATURE_SCHEMES })
  scheme!: SignatureScheme;
  @ApiProperty({ type: 'string', nullable: true })
  header!: string | null;
}

export class InboundWebhookView {
  @ApiProperty({ example: 'in_abc123def456' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  event!: string;
  @ApiProperty({
    description:
      'Where to post JSON of up to 256 KiB: 202 with an id once it is stored, 401 when it does not verify. The token in it is ' +
      'shown by the answer that creates it, later its last four characters.',
    example: 'https://tidings.example.com/in/3q2-7wJk…',
  })
  url!: string;
  @ApiProperty({ type: () => InboundVerificationView, nullable: true })
  verification!: InboundVerificationView | null;
  @ApiProperty({ type: () => InboundMappingDto, nullable: true })
  mapping!: InboundMapping | null;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

/** The answer to a sender. */
export interface InboundReceipt {
  /** Of the event, or of the rejected event (`rej_…`) when the body did not become one. */
  id: string;
}
