import type { EventExplanationView, ExplainedWebhookView } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookHistory } from '#libs/contracts/src/webhook-history';
import { changedPaths } from '#libs/matching/src/changed';
import { asAccount, asAccountAtOnce } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Events } from '../event/events.js';
import { explain, type PastDelivery } from './explain.js';
import { pastDeliveries } from './past-deliveries.js';
import { received, type ReceivedEvent, type ReceivedRejected } from './received.js';
import { hint } from './rejection.js';
import type { ExplainedEvent } from './was-it-matched.js';

/** What became of an event, in words: from the log, and from what subscriptions remembers of the webhooks. */
@Injectable()
export class Explanations {
  constructor(
    private readonly database: DataSource,
    private readonly events: Events,
  ) {}

  /** When an event came, accepted or not: `id` is an event's or a rejected event's. Throws `event_not_found`. */
  receivedAt(accountId: string, id: string): Promise<{ receivedAtMs: number }> {
    return asAccount(this.database, accountId, async (manager) => {
      const { event, rejected } = await received(manager, accountId, id);
      return { receivedAtMs: (event ?? rejected)!.receivedAt.getTime() };
    });
  }

  /** For the webhooks of a page, each in a sentence; `isInFull`: step by step. Throws `event_not_found`. */
  async get(accountId: string, id: string, webhooks: Page<WebhookHistory>, isInFull: boolean): Promise<EventExplanationView> {
    const ids = webhooks.data.map((webhook) => webhook.id);
    const { event, rejected, deliveries } = await asAccountAtOnce(this.database, accountId, async (manager) => {
      const found = await received(manager, accountId, id);
      return { ...found, deliveries: await deliveriesOf(manager, accountId, found.event, ids, isInFull) };
    });
    const explained = event === null ? null : explainedEvent(event, await this.before(accountId, event, webhooks.data));
    return {
      event_id: event?.id ?? rejected!.eventId,
      event: event?.type ?? rejected!.eventType,
      received_at: (event ?? rejected)!.receivedAt.toISOString(),
      rejection: rejected === null ? null : rejectionView(rejected),
      webhooks: webhooks.data.map((webhook) => {
        const view = explained ? explain(explained, webhook, deliveries.get(webhook.id) ?? []) : notAccepted(webhook, rejected!);
        const { steps, ...brief } = view;
        return isInFull ? { ...brief, steps } : brief;
      }),
      next_cursor: webhooks.next_cursor,
    };
  }

  /** What the record had before the event; null where no filter asks. */
  private async before(accountId: string, { id }: ReceivedEvent, webhooks: WebhookHistory[]): Promise<ExplainedEvent['before']> {
    const filters = webhooks.flatMap(({ states }) => states.flatMap(({ filter }) => (filter === null ? [] : [filter])));
    const paths = [...new Set(filters.flatMap(changedPaths))];
    return paths.length === 0 ? null : new Map(Object.entries(await this.events.valuesBefore(accountId, id, paths)));
  }
}

async function deliveriesOf(
  manager: EntityManager,
  accountId: string,
  event: ReceivedEvent | null,
  webhookIds: string[],
  isInFull: boolean,
): Promise<Map<string, PastDelivery[]>> {
  if (event === null) return new Map();
  return pastDeliveries(manager, { accountId, eventId: event.id, eventSeq: event.seq }, webhookIds, isInFull);
}

function explainedEvent(event: ReceivedEvent, before: ExplainedEvent['before']): ExplainedEvent {
  const { id, type, occurredAt: timestamp, receivedAt, data, erasedAt } = event;
  const parsed = erasedAt === null ? (JSON.parse(data.toString()) as Record<string, unknown>) : {};
  const [storedAtMs, erasedAtMs] = [receivedAt.getTime(), erasedAt?.getTime() ?? null];
  return { id, event: type, timestamp, data: parsed, before, storedAtMs, erasedAtMs };
}

function notAccepted({ id, name }: WebhookHistory, rejected: ReceivedRejected): Required<ExplainedWebhookView> {
  const message = `The event was not accepted: ${rejected.reason}. ${hint(rejected)}`;
  const steps = [{ at: rejected.receivedAt.toISOString(), type: 'rejected' as const, message }];
  return { webhook_id: id, name, outcome: 'rejected', summary: message, steps };
}

function rejectionView(rejected: ReceivedRejected): EventExplanationView['rejection'] {
  const { id, receivedAt, code, reason } = rejected;
  return { id, at: receivedAt.toISOString(), code, reason, hint: hint(rejected) };
}
