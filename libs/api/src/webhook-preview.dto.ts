import type { Filter } from '#libs/contracts/src/filter';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional, PartialType, PickType } from '@nestjs/swagger';
import { IsObject, IsString, Length, Matches } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';
import { CreateWebhookDto } from './webhook.dto.js';

const MATCHED = PartialType(PickType(CreateWebhookDto, ['events', 'filter'] as const), { skipNullProperties: false });

/** What would be matched, by `events` and `filter`, and the event to try it on: a stored one, or a sample. */
export class PreviewWebhookDto extends MATCHED {
  @ApiPropertyOptional({
    description: 'A webhook whose `events` and `filter` are tried where they are left out here.',
    pattern: ID_PATTERN.source,
  })
  @MayBeLeftOut()
  @IsString()
  @Matches(ID_PATTERN)
  webhook_id?: string;

  @ApiPropertyOptional({ description: 'A stored event, instead of `event`.', pattern: ID_PATTERN.source })
  @MayBeLeftOut()
  @IsString()
  @Matches(ID_PATTERN)
  event_id?: string;

  @ApiPropertyOptional({ description: 'An event type.', example: 'deal.won', minLength: 1, maxLength: 128 })
  @MayBeLeftOut()
  @IsString()
  @Length(1, 128)
  event?: string;

  @ApiPropertyOptional({
    description: "The data of an event of the type `event`; the catalog's sample when left out.",
    type: 'object',
    additionalProperties: true,
    example: { id: 'deal_42', amount: 250 },
  })
  @MayBeLeftOut()
  @IsObject()
  data?: Record<string, unknown>;
}

/** What is tried, all of it known: the answer of subscriptions to the gateway. */
export interface PreviewedWebhook {
  events: string[];
  filter: Filter | null;
  /** Null for a stored event. */
  sample: { event: string; data: Record<string, unknown> } | null;
}

export class PreviewClauseView {
  @ApiProperty({ description: 'Where the condition is, into the body of the request.', example: '/filter/all/1' })
  pointer!: string;
  @ApiProperty({ example: 'data.amount gte 1000' })
  clause!: string;
  @ApiProperty({ description: 'What the condition says by itself, whatever a `not` or an `any` around it makes of that.' })
  passes!: boolean;
  @ApiPropertyOptional({
    description: 'What the event has there, cut to 1,000 characters of JSON if it is longer; not there if it has nothing.',
    anyOf: [
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
      { type: 'array', items: {} },
      { type: 'object', additionalProperties: true },
    ],
    nullable: true,
    example: 250,
  })
  actual?: unknown;
}

export class PreviewFilterView {
  @ApiProperty()
  passes!: boolean;
  @ApiProperty({
    description: 'Which condition decided, and what it met.',
    type: 'string',
    nullable: true,
    example: 'data.amount gte 1000 failed with 250',
  })
  because!: string | null;
  @ApiProperty({ description: 'Every condition, in the order of the filter.', type: () => PreviewClauseView, isArray: true })
  clauses!: PreviewClauseView[];
}

export class WebhookPreviewView {
  @ApiProperty({ description: 'It would be delivered: subscribed to, and let through by the filter.' })
  matches!: boolean;
  @ApiProperty({ example: 'deal.won' })
  event!: string;
  @ApiProperty({ description: 'Null for a sample.', type: 'string', nullable: true })
  event_id!: string | null;
  @ApiProperty()
  subscribed!: boolean;
  @ApiProperty({ description: 'The one of `events` that matches.', type: 'string', nullable: true, example: 'deal.*' })
  pattern!: string | null;
  @ApiProperty({ description: 'Null when there is no filter.', type: () => PreviewFilterView, nullable: true })
  filter!: PreviewFilterView | null;
}
