import type { Filter } from '#libs/contracts/src/filter';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { PartialType, PickType } from '@nestjs/swagger';
import { JsonObject, Pattern, Text } from './fields.js';
import { Shown } from './shown.js';
import { CreateWebhookDto } from './webhook.dto.js';

const MATCHED = PartialType(PickType(CreateWebhookDto, ['events', 'filter'] as const), { skipNullProperties: false });

/** Tries `events` and `filter` on a stored event, or on a sample. */
export class PreviewWebhookDto extends MATCHED {
  @Pattern(ID_PATTERN, 'must be a webhook id', 'Webhook whose `events` and `filter` are tried where they are left out here.', {
    optional: true,
  })
  webhook_id?: string;

  @Pattern(ID_PATTERN, 'must be an event id', 'Stored event to try, instead of a sample.', { optional: true })
  event_id?: string;

  @Text(1, 128, 'Event type of the sample.', { optional: true, example: 'deal.won' })
  event?: string;

  @JsonObject("Data of the sample. The catalog's sample by default.", {
    optional: true,
    example: { id: 'deal_42', amount: 250 },
  })
  data?: Record<string, unknown>;
}

/** A completed preview: the answer of subscriptions to the gateway. */
export interface PreviewedWebhook {
  events: string[];
  filter: Filter | null;
  /** Null for a stored event. */
  sample: { event: string; data: Record<string, unknown> } | null;
}

export class PreviewClauseView {
  @Shown.text("JSON Pointer of the condition in the request's body.", { example: '/filter/all/1' })
  pointer!: string;
  @Shown.text('Condition in words.', { example: 'data.amount gte 1000' })
  clause!: string;
  @Shown.flag('Result of the condition by itself, whatever a `not` or an `any` around it makes of it.')
  passes!: boolean;
  @Shown.schema(
    {
      anyOf: [
        { type: 'string' },
        { type: 'number' },
        { type: 'boolean' },
        { type: 'array', items: {} },
        { type: 'object', additionalProperties: true },
      ],
    },
    "Event's value, cut to 1,000 characters of JSON. Left out when it has none.",
    { optional: true, nullable: 'the value is null', example: 250 },
  )
  actual?: unknown;
}

export class PreviewFilterView {
  @Shown.flag('Whether the filter lets the event through.')
  passes!: boolean;
  @Shown.text('Condition that decided, and the value that it met.', {
    nullable: 'no single condition decided',
    example: 'data.amount gte 1000 failed with 250',
  })
  because!: string | null;
  @Shown.list(() => PreviewClauseView, 'Every condition, in the order of the filter.')
  clauses!: PreviewClauseView[];
}

export class WebhookPreviewView {
  @Shown.flag('Whether the event would be delivered: subscribed to, and let through by the filter.')
  matches!: boolean;
  @Shown.text('Event type.', { example: 'deal.won' })
  event!: string;
  @Shown.text('Id of the stored event.', { nullable: 'a sample was tried' })
  event_id!: string | null;
  @Shown.flag('Whether `events` takes the type.')
  subscribed!: boolean;
  @Shown.text('Element of `events` that takes it.', { nullable: 'none does', example: 'deal.*' })
  pattern!: string | null;
  @Shown.object(() => PreviewFilterView, 'Result of the filter.', { nullable: 'there is no filter' })
  filter!: PreviewFilterView | null;
}
