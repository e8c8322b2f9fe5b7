import type { PreviewedWebhook, PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import { Problem, type FieldError } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EventTypes } from '../event-type/event-types.js';
import { readAccountRow } from '../state/account.row.js';
import { WebhookRules } from './webhook-rules.js';
import { Webhooks } from './webhooks.js';

/** Prepares previews: checks them as webhooks are checked, completes them from a webhook and from the account's catalog. */
@Injectable()
export class WebhookPreviews {
  constructor(
    private readonly database: DataSource,
    private readonly webhooks: Webhooks,
    private readonly eventTypes: EventTypes,
    private readonly rules: WebhookRules,
  ) {}

  /** Throws `validation_failed` and `webhook_not_found`. */
  async complete(accountId: string, body: PreviewWebhookDto): Promise<PreviewedWebhook> {
    const catalog = await this.eventTypes.catalog(await readAccountRow(this.database, accountId));
    const saved = body.webhook_id === undefined ? null : await this.webhooks.row(accountId, body.webhook_id);
    const type = catalog.find(({ name }) => name === body.event);
    const errors = [...this.rules.problems(body, catalog), ...eventProblems(body, type)];
    if (errors.length > 0) throw Problem.invalid(...errors);
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
    return others.map(([name]) => ({
      pointer: `/${name}`,
      detail: 'belongs to a sample, but event_id names a stored event: leave one of them out',
    }));
  }
  if (event === undefined)
    return [{ pointer: '/event', detail: 'is needed: name an event type here, or a stored event in event_id' }];
  return type ? [] : [{ pointer: '/event', detail: `names no event type of this account: see GET /api/v1/event-types` }];
}
