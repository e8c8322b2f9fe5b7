import type { Filter } from '#libs/contracts/src/filter';
import { DATA_PATH } from '#libs/matching/src/data-path';
import { EVENT_PATTERN, EVENT_PATTERN_MISTAKE } from '#libs/matching/src/event-pattern';
import { OmitType, PartialType } from '@nestjs/swagger';
import {
  CommaSeparated,
  Decimal,
  Flag,
  JsonObject,
  ListOf,
  Name,
  Nested,
  numberElement,
  OneOf,
  Text,
  textElement,
  TextMap,
  WholeNumber,
} from './fields.js';
import { PageQuery } from './page.dto.js';
import { Shown } from './shown.js';

const METHODS = ['POST', 'PUT', 'PATCH'] as const;
const CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded'] as const;
/** Standard Webhooks: 24 to 64 bytes in base64 after `whsec_`. Anything else there would be a weak key, or none. */
const SECRET_PATTERN = /^(whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_)[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)$/;
const SECRET = {
  optional: true,
  pattern: SECRET_PATTERN,
  mistake: 'must have visible ASCII characters and inner spaces only, and after whsec_ 24 to 64 bytes in base64',
} as const;
const COUNTS_FROM = ['previous_attempt', 'first_failure'] as const;
const AUTO_PAUSE_ACTIONS = ['pause', 'disable'] as const;
const WEBHOOK_STATUSES = ['active', 'paused', 'error', 'disabled'] as const;
export type WebhookViewStatus = (typeof WEBHOOK_STATUSES)[number];

/** Bound of the paths of one webhook: every fact of its attempts carries them. */
export const DATA_PATHS_MAX = 100;
const DATA_PATH_ELEMENT = textElement(
  DATA_PATH,
  'must be a path into data, of at most 10 names: data.amount, data.contact.email',
  {
    max: 200,
  },
);
const MASK_DESCRIPTION =
  'Fields of `data` whose value is sent as `"***"`. A value before, such as `data.previous_email`, is a field of its own. Filters, and ' +
  'people who may read the event, still see the values.';
const FIELDS_DESCRIPTION =
  'Fields of `data` that are sent, with everything in them and the objects and lists around them. An element of a list that has ' +
  'none of them is left out; an empty list sends `{}`. Paths are written as in filters.';
const FILTER = { allOf: [{ $ref: '#/components/schemas/Filter' }] };
const COUNTS_FROM_DESCRIPTION = 'Start of an interval: the previous attempt, or the failure of the first one.';
const JITTER_DESCRIPTION = 'Share of an interval that chance may add. It never shortens one.';
const MAX_CONCURRENCY = 'Requests at once.';
const MAX_CONCURRENCY_NULL = 'as many as the receiver proves able to take';
const RATE = 'Requests a second.';
const STATUS = '`error` is an active webhook whose last delivery failed for good.';

const INTERVALS =
  'Delay before each retry, seconds; with counts_from `first_failure`, each longer than the one before. ' +
  'Retries beyond the list come its last interval apart; intervals beyond max_retries are kept, but not used.';

/** Bound of a webhook's name. */
export const NAME_MAX = 200;

export class RetryPolicyDto {
  @WholeNumber(0, 10, 'Retries after the first attempt; 0 for none.', { optional: true })
  max_retries?: number;

  @ListOf(
    numberElement(1, 86_400),
    [0, 10],
    `${INTERVALS} Left out: the profile's. A list without max_retries brings as many retries.`,
    { optional: true },
  )
  intervals_seconds?: number[];

  @OneOf(COUNTS_FROM, COUNTS_FROM_DESCRIPTION, { optional: true })
  counts_from?: (typeof COUNTS_FROM)[number];

  @Decimal(5, 60, 'Time-out of one attempt, seconds.', { optional: true })
  timeout_seconds?: number;

  @Decimal(0, 1, JITTER_DESCRIPTION, { optional: true })
  jitter?: number;
}

const AFTER_FAILURES =
  'Consecutive failures that lead to the action: each attempt began after the one before had ended, and they span at least a minute.';

export class AutoPauseDto {
  @WholeNumber(1, 10_000, `${AFTER_FAILURES} Needed where the profile has none.`, { optional: true })
  after_failures?: number;

  @OneOf(AUTO_PAUSE_ACTIONS, "`pause` holds deliveries, `disable` cancels them. The profile's by default.", { optional: true })
  action?: (typeof AUTO_PAUSE_ACTIONS)[number];

  @Flag(
    'While failures keep it paused, one delivery is sent at growing intervals; when the receiver answers, the webhook resumes.',
    { optional: true, default: true },
  )
  probe?: boolean;
}

export class CreateWebhookDto {
  @Name(NAME_MAX, 'Name of the webhook. The host of its URL by default.', { optional: true, example: 'ERP Sync' })
  name?: string;

  @Text(1, 2_048, 'URL that deliveries go to: HTTPS, at a public address.', { example: 'https://example.com/webhooks' })
  url!: string;

  @ListOf(
    textElement(EVENT_PATTERN, EVENT_PATTERN_MISTAKE),
    [1, 100],
    'Event types and patterns: `deal.won`, `contact.*`, `*`.',
    {
      example: ['deal.won', 'contact.*'],
    },
  )
  events!: string[];

  @Text(0, 1_000, 'Description, for people.', { nullable: 'none' })
  description?: string | null;

  @OneOf(METHODS, 'HTTP method of deliveries.', { optional: true, default: 'POST' })
  method?: (typeof METHODS)[number];

  @OneOf(CONTENT_TYPES, 'Content type of deliveries. Forms use bracket notation: `data[first_name]=Jane`.', {
    optional: true,
    default: 'application/json',
  })
  content_type?: (typeof CONTENT_TYPES)[number];

  @TextMap(
    'Headers sent with every delivery, at most 20. Their values are secrets: answers show their last four characters only.',
    { optional: true, example: { 'X-API-Key': 'your-custom-key' } },
  )
  headers?: Record<string, string>;

  @JsonObject('Conditions that an event must meet.', { nullable: 'every subscribed event is sent', schema: FILTER })
  filter?: Filter | null;

  @ListOf(DATA_PATH_ELEMENT, [0, DATA_PATHS_MAX], FIELDS_DESCRIPTION, {
    nullable: 'everything is sent',
    example: ['data.id', 'data.contact.name', 'data.items.sku'],
  })
  data_fields?: string[] | null;

  @ListOf(DATA_PATH_ELEMENT, [0, DATA_PATHS_MAX], MASK_DESCRIPTION, {
    nullable: 'nothing is masked',
    example: ['data.contact.email'],
  })
  masked_fields?: string[] | null;

  @Text(8, 256, 'Signing secret. Generated by default.', SECRET)
  secret?: string;

  @Nested(() => RetryPolicyDto, "Retry schedule. Fields left out are the profile's.", { optional: true })
  retry_policy?: RetryPolicyDto;

  @Nested(() => AutoPauseDto, "Effect of consecutive failures. Fields left out are the profile's.", {
    nullable: 'failures change nothing',
  })
  auto_pause?: AutoPauseDto | null;

  @WholeNumber(1, 64, MAX_CONCURRENCY, { nullable: MAX_CONCURRENCY_NULL })
  max_concurrency?: number | null;

  @Decimal(0.1, 10_000, RATE, { nullable: 'no limit' })
  rate_per_second?: number | null;

  @Flag('Whether it starts paused: its deliveries are held until it is resumed.', { optional: true, default: false })
  paused?: boolean;
}

export class UpdateWebhookDto extends PartialType(OmitType(CreateWebhookDto, ['paused'] as const), {
  skipNullProperties: false,
}) {}

export class ListWebhooksQuery extends PageQuery {
  @CommaSeparated(WEBHOOK_STATUSES, 'Only webhooks of these statuses.', { example: ['active', 'paused'] })
  status?: string;
}

export class ResumeWebhookDto {
  @Decimal(0.1, 10_000, "Held deliveries released a second at most. Only the webhook's own limits apply by default.", {
    optional: true,
  })
  rate_per_second?: number;
}

export class RotateSecretDto {
  @Text(8, 256, 'New signing secret. Generated by default.', SECRET)
  secret?: string;

  @WholeNumber(0, 604_800, 'Time during which the old secret signs as well, seconds.', { optional: true, default: 86_400 })
  overlap_seconds?: number;
}

export class RetryPolicyView {
  @Shown.whole('Retries after the first attempt.')
  max_retries!: number;
  @Shown.numbers(INTERVALS)
  intervals_seconds!: number[];
  @Shown.oneOf(COUNTS_FROM, COUNTS_FROM_DESCRIPTION)
  counts_from!: string;
  @Shown.number('Time-out of one attempt, seconds.')
  timeout_seconds!: number;
  @Shown.share(JITTER_DESCRIPTION)
  jitter!: number;
}

export class AutoPauseView {
  @Shown.whole(AFTER_FAILURES)
  after_failures!: number;
  @Shown.oneOf(AUTO_PAUSE_ACTIONS, '`pause` holds deliveries, `disable` cancels them.')
  action!: (typeof AUTO_PAUSE_ACTIONS)[number];
  @Shown.flag('Whether one delivery is sent from time to time while failures keep it paused.')
  probe!: boolean;
}

export class WebhookView {
  @Shown.text('Id of the webhook.', { example: 'wh_abc123def456' })
  id!: string;
  @Shown.text('Name of the webhook.')
  name!: string;
  @Shown.text('URL that deliveries go to.')
  url!: string;
  @Shown.texts('Event types and patterns.')
  events!: string[];
  @Shown.oneOf(WEBHOOK_STATUSES, STATUS)
  status!: WebhookViewStatus;
  @Shown.text('Description, for people.', { nullable: 'none' })
  description!: string | null;
  @Shown.oneOf(METHODS, 'HTTP method of deliveries.')
  method!: string;
  @Shown.oneOf(CONTENT_TYPES, 'Content type of deliveries.')
  content_type!: string;
  @Shown.textMap('Headers sent with every delivery: names, and the last four characters of each value.')
  headers!: Record<string, string>;
  @Shown.schema(FILTER, 'Conditions that an event must meet.', { nullable: 'every subscribed event is sent' })
  filter!: Filter | null;
  @Shown.texts('Fields of `data` that are sent.', { nullable: 'everything is sent' })
  data_fields!: string[] | null;
  @Shown.texts('Fields of `data` whose value is sent as `"***"`.', { nullable: 'nothing is masked' })
  masked_fields!: string[] | null;
  @Shown.object(() => RetryPolicyView, 'Retry schedule.')
  retry_policy!: RetryPolicyView;
  @Shown.object(() => AutoPauseView, 'Effect of consecutive failures.', { nullable: 'failures change nothing' })
  auto_pause!: AutoPauseView | null;
  @Shown.whole(MAX_CONCURRENCY, { nullable: MAX_CONCURRENCY_NULL })
  max_concurrency!: number | null;
  @Shown.number(RATE, { nullable: 'no limit' })
  rate_per_second!: number | null;
  @Shown.text('Last four characters of the signing secret.')
  secret_last4!: string;
  @Shown.whole('Failures in a row, up to now. Attempts that fail side by side count once within a minute.')
  consecutive_failures!: number;
  @Shown.time('When it was created.')
  created_at!: string;
  @Shown.time('When it was last changed.')
  updated_at!: string;
}

export class WebhookWithSecretView extends WebhookView {
  @Shown.text('Signing secret. It is shown only in this answer.', { example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' })
  secret!: string;
}
