import type { PreviewedWebhook, PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import type { FieldError } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';
import { Injectable } from '@nestjs/common';
import { Accounts } from '../account/accounts.js';
import { EventTypes } from '../event-type/event-types.js';
import { WebhookRules } from './webhook-rules.js';
import { Webhooks } from './webhooks.js';

/** What a preview tries: checked as a webhook would be, completed from a webhook and from the account's catalog. */
@Injectable()
export class WebhookPreviews {
  constructor(
    private readonly accounts: Accounts,
    private readonly webhooks: Webhooks,
    private readonly eventTypes: EventTypes,
    private readonly rules: WebhookRules,
  ) {}

  async previewed(accountId: string, body: PreviewWebhookDto): Promise<PreviewedWebhook> {
    const catalog = await this.eventTypes.catalog(await this.accounts.row(accountId));
    const saved = body.webhook_id === undefined ? null : await this.webhooks.row(accountId, body.webhook_id);
    const type = catalog.find(({ name }) => name === body.event);
    this.rules.refuse([...this.rules.problems(body, catalog), ...eventProblems(body, type)]);
    return {
      events: body.events ?? saved?.events ?? ['*'],
      filter: body.filter === undefined ? (saved?.filter ?? null) : body.filter,
      sample: type ? { event: type.name, data: body.data ?? type.sample } : null,
    };
  }
}

function eventProblems({ event_id, event, data }: PreviewWebhookDto, type: EventType | undefined): FieldError[] {
  if (event_id !== undefined) {
    const others = Object.entries({ event, data }).filter(([, value]) => value !== undefined);
    return others.map(([name]) => ({ pointer: `/${name}`, detail: 'is for a sample, and event_id names a stored event' }));
  }
  if (event === undefined) return [{ pointer: '/event', detail: 'is needed, or event_id' }];
  return type ? [] : [{ pointer: '/event', detail: `there is no event type ${event}: see GET /api/v1/event-types` }];
}
