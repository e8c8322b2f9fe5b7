import {
  BODY_PATH_PATTERN,
  SIGNATURE_SCHEMES,
  type InboundMapping,
  type SignatureScheme,
} from '#libs/contracts/src/inbound-webhook-state';
import { PartialType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Custom, Name, Nested, OneOf, Pattern, Text } from './fields.js';
import { Shown } from './shown.js';

/** An ASCII token (RFC 9110). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,128}$/;
const SECRET_PATTERN = /^\s*[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\s*$/;
const FIELDS_MAX = 50;
const PATH = { type: 'string', pattern: BODY_PATH_PATTERN.source } as const;
const PATH_MESSAGE = 'must be a path into the body: names of members, joined by dots';

export class InboundVerificationDto {
  @OneOf(
    SIGNATURE_SCHEMES,
    "Sender's signature, each an HMAC-SHA256: `standard` is Standard Webhooks; `hex`, `base64` and `prefixed_hex` (`sha256=…`) sign the " +
      'body; `timestamped` (`t=…,v1=…`) signs time and body. Times may be 300 seconds off.',
  )
  scheme!: SignatureScheme;

  @Pattern(HEADER_NAME, 'must be a header name: letters, digits and hyphens', 'Header that carries the signature.', {
    nullable: 'the scheme is `standard`, which has headers of its own',
    example: 'X-Hub-Signature-256',
  })
  header?: string | null;

  // As people paste it: with white space, or with the version that some senders show before it.
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().replace(/^v1,(?=whsec_)/, '') : value))
  @Text(8, 256, "Sender's signing secret. It is never shown again.", {
    pattern: SECRET_PATTERN,
    mistake: 'must have visible ASCII characters and inner spaces only',
  })
  secret!: string;
}

/** Paths of an event's parts in the body: `object.id`, names of members joined by dots. */
export class InboundMappingDto implements InboundMapping {
  @Pattern(
    BODY_PATH_PATTERN,
    PATH_MESSAGE,
    "Path of the sender's event id. Within seven days, the same id has no second effect.",
    { optional: true, example: 'event.id' },
  )
  id?: string;

  @Pattern(BODY_PATH_PATTERN, PATH_MESSAGE, 'Path of the record that the event is about.', {
    optional: true,
    example: 'object.customer_id',
  })
  key?: string;

  @Pattern(
    BODY_PATH_PATTERN,
    PATH_MESSAGE,
    'Path of the time: RFC 3339, or Unix time in seconds or ms. The time of reception by default.',
    { optional: true, example: 'event.created_at' },
  )
  timestamp?: string;

  @Custom(
    (value) => (isPathOrPaths(value) ? null : `must be a path into the body, or an object of 1 to ${FIELDS_MAX} of them`),
    { oneOf: [PATH, { type: 'object', additionalProperties: PATH, minProperties: 1, maxProperties: FIELDS_MAX }] },
    "Path of the event's data, or one path for each of its fields. The whole body by default.",
    { optional: true, example: { email: 'object.contact.email' } },
  )
  data?: string | Record<string, string>;
}

function isPathOrPaths(value: unknown): boolean {
  const isPath = (one: unknown): boolean => typeof one === 'string' && BODY_PATH_PATTERN.test(one);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return isPath(value);
  const paths = Object.values(value);
  return paths.length > 0 && paths.length <= FIELDS_MAX && paths.every(isPath);
}

const NAME = 'Name of the inbound webhook.';
const EVENT = 'Event type that it makes.';

export class CreateInboundWebhookDto {
  @Name(200, NAME, { example: 'Form on the website' })
  name!: string;

  @Text(1, 128, EVENT, { example: 'lead.created' })
  event!: string;

  @Nested(() => InboundVerificationDto, 'Signature that each post must carry.', { nullable: 'anyone who knows the URL may post' })
  verification?: InboundVerificationDto | null;

  @Nested(() => InboundMappingDto, 'How a body becomes an event.', { nullable: "the body is the event's data" })
  mapping?: InboundMappingDto | null;
}

export class UpdateInboundWebhookDto extends PartialType(CreateInboundWebhookDto, { skipNullProperties: false }) {}

export class InboundVerificationView {
  @Shown.oneOf(SIGNATURE_SCHEMES, "Sender's signature.")
  scheme!: SignatureScheme;
  @Shown.text('Header that carries the signature.', { nullable: 'the scheme has headers of its own' })
  header!: string | null;
}

export class InboundWebhookView {
  @Shown.text('Id of the inbound webhook.', { example: 'in_abc123def456' })
  id!: string;
  @Shown.text(NAME)
  name!: string;
  @Shown.text(EVENT)
  event!: string;
  @Shown.text(
    'URL to post JSON of up to 256 KiB to. Its token is shown only in the answer that creates it, later its last four characters.',
    { example: 'https://tidings.example.com/in/3q2-7wJk…' },
  )
  url!: string;
  @Shown.object(() => InboundVerificationView, 'Signature that each post must carry.', {
    nullable: 'anyone who knows the URL may post',
  })
  verification!: InboundVerificationView | null;
  @Shown.object(() => InboundMappingDto, 'How a body becomes an event.', { nullable: "the body is the event's data" })
  mapping!: InboundMapping | null;
  @Shown.time('When it was created.')
  created_at!: string;
  @Shown.time('When it was last changed.')
  updated_at!: string;
}

/** Answer to a post: the id of the event, or of the rejected event (`rej_…`). The answer to a list has the id of each element. */
export type InboundReceipt = { id: string } | { ids: string[] };
