import type { EventExplanationView, ExplainedWebhookView } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookHistory } from '#libs/contracts/src/webhook-history';
import { changedPaths } from '#libs/matching/src/changed';
import { asAccount, asAccountAtOnce } from '#libs/postgres/src/database';
import type { Sql } from '#libs/postgres/src/rows';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Events } from '../event/events.js';
import { explain, type PastDelivery } from './explain.js';
import { pastDeliveries } from './past-deliveries.js';
import { getReceived, type ReceivedEvent, type ReceivedRejected } from './received.js';
import { hint } from './rejection.js';
import type { ExplainedEvent } from './was-it-matched.js';

/** Explains events in sentences, from the log and from the webhooks' history that subscriptions keeps. */
@Injectable()
export class Explanations {
  constructor(
    private readonly database: DataSource,
    private readonly events: Events,
  ) {}

  /** Tells when an event arrived. `id` may be a rejected event's id. Throws `event_not_found`. */
  getReceivedAt(accountId: string, id: string): Promise<{ receivedAtMs: number }> {
    return asAccount(this.database, accountId, async (manager) => {
      const { event, rejected } = await getReceived(manager, accountId, id);
      return { receivedAtMs: (event ?? rejected)!.receivedAt.getTime() };
    });
  }

  /** Explains an event for each webhook of a page: in a sentence or, with `isInFull`, step by step. Throws `event_not_found`. */
  async get(accountId: string, id: string, webhooks: Page<WebhookHistory>, isInFull: boolean): Promise<EventExplanationView> {
    const ids = webhooks.data.map((webhook) => webhook.id);
    const { event, rejected, deliveries } = await asAccountAtOnce(this.database, accountId, async (manager) => {
      const found = await getReceived(manager, accountId, id);
      return { ...found, deliveries: await deliveriesOf(manager, accountId, found.event, ids, isInFull) };
    });
    const explained = event === null ? null : explainedEvent(event, await this.valuesBefore(accountId, event, webhooks.data));
    return {
      event_id: event?.id ?? rejected!.eventId,
      event: event?.type ?? rejected!.eventType,
      received_at: (event ?? rejected)!.receivedAt.toISOString(),
      rejection: rejected === null ? null : rejectionView(rejected),
      webhooks: webhooks.data.map((webhook) => {
        const view = explained ? explain(explained, webhook, deliveries.get(webhook.id) ?? []) : rejectedFor(webhook, rejected!);
        const { steps, ...brief } = view;
        return isInFull ? { ...brief, steps } : brief;
      }),
      next_cursor: webhooks.next_cursor,
    };
  }

  /** Reads the record's values before the event; null when no filter compares with them. */
  private async valuesBefore(
    accountId: string,
    { id }: ReceivedEvent,
    webhooks: WebhookHistory[],
  ): Promise<ExplainedEvent['before']> {
    const filters = webhooks.flatMap(({ states }) => states.flatMap(({ filter }) => (filter === null ? [] : [filter])));
    const paths = [...new Set(filters.flatMap(changedPaths))];
    return paths.length === 0 ? null : new Map(Object.entries(await this.events.getValuesBefore(accountId, id, paths)));
  }
}

const REASON_ERASED = 'Its reason was erased together with its payload.';

async function deliveriesOf(
  sql: Sql,
  accountId: string,
  event: ReceivedEvent | null,
  webhookIds: string[],
  isInFull: boolean,
): Promise<Map<string, PastDelivery[]>> {
  if (event === null) return new Map();
  return pastDeliveries(sql, { accountId, eventId: event.id, eventSeq: event.seq }, webhookIds, isInFull);
}

function explainedEvent(event: ReceivedEvent, before: ExplainedEvent['before']): ExplainedEvent {
  const { id, type, occurredAt: timestamp, receivedAt, data, erasedAt } = event;
  const parsed = erasedAt === null ? (JSON.parse(data.toString()) as Record<string, unknown>) : {};
  const [storedAtMs, erasedAtMs] = [receivedAt.getTime(), erasedAt?.getTime() ?? null];
  return { id, event: type, timestamp, data: parsed, before, storedAtMs, erasedAtMs };
}

function rejectedFor({ id, name }: WebhookHistory, rejected: ReceivedRejected): Required<ExplainedWebhookView> {
  const { reason } = rejected;
  const why = reason === null ? `The event was rejected. ${REASON_ERASED}` : `The event was rejected: ${reason}.`;
  const message = `${why} ${hint(rejected)}`;
  const steps = [{ at: rejected.receivedAt.toISOString(), type: 'rejected' as const, message }];
  return { webhook_id: id, name, outcome: 'rejected', summary: message, steps };
}

function rejectionView(rejected: ReceivedRejected): EventExplanationView['rejection'] {
  const { id, receivedAt, code, reason } = rejected;
  return { id, at: receivedAt.toISOString(), code, reason: reason ?? REASON_ERASED, hint: hint(rejected) };
}
