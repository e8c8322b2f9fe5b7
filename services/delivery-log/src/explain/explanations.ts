import type { EventExplanationView, RejectionView } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookHistory } from '#libs/contracts/src/webhook-history';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { explain, type PastDelivery } from './explain.js';
import { pastDeliveries } from './past-deliveries.js';
import { whatToDo } from './rejection.js';
import type { ExplainedEvent } from './was-it-matched.js';

interface EventRow {
  id: string;
  seq: string;
  type: string;
  occurred_at: string;
  stored_at: Date;
  data: Buffer;
}

interface RejectedRow {
  id: string;
  event_id: string | null;
  event_type: string | null;
  received_at: Date;
  code: string;
  reason: string;
}

interface Received {
  event: EventRow | null;
  rejected: RejectedRow | null;
}

/** What became of an event, in words: from the log, and from what subscriptions remembers of the webhooks. */
@Injectable()
export class Explanations {
  constructor(private readonly database: DataSource) {}

  /** When an event, accepted or refused, came: `id` is an event's or a rejected event's. Throws `event_not_found`. */
  receivedAt(accountId: string, id: string): Promise<{ receivedAtMs: number }> {
    return asAccount(this.database, accountId, async (manager) => ({
      receivedAtMs: receivedAt(await received(manager, accountId, id)).getTime(),
    }));
  }

  /** For the webhooks of a page, each in a sentence; `isInFull`: step by step. Throws `event_not_found`. */
  get(accountId: string, id: string, webhooks: Page<WebhookHistory>, isInFull: boolean): Promise<EventExplanationView> {
    return asAccount(this.database, accountId, async (manager) => {
      const found = await received(manager, accountId, id);
      const { event, rejected } = found;
      const view = {
        event_id: event?.id ?? rejected!.event_id,
        event: event?.type ?? rejected!.event_type,
        received_at: receivedAt(found).toISOString(),
        rejection: rejected === null ? null : rejectionView(rejected),
        next_cursor: webhooks.next_cursor,
      };
      if (event === null) return { ...view, webhooks: webhooks.data.map((webhook) => refused(webhook, rejected!, isInFull)) };
      const ids = webhooks.data.map((webhook) => webhook.id);
      const deliveries = await pastDeliveries(manager, { accountId, eventId: event.id, eventSeq: event.seq }, ids, isInFull);
      const explained = webhooks.data.map((webhook) => inWords(event, webhook, deliveries.get(webhook.id) ?? [], isInFull));
      return { ...view, webhooks: explained };
    });
  }
}

function inWords(
  row: EventRow,
  webhook: WebhookHistory,
  deliveries: PastDelivery[],
  isInFull: boolean,
): EventExplanationView['webhooks'][number] {
  const { steps, ...brief } = explain(explainedEvent(row), webhook, deliveries);
  return isInFull ? { ...brief, steps } : brief;
}

function refused(
  { id, name }: WebhookHistory,
  rejected: RejectedRow,
  isInFull: boolean,
): EventExplanationView['webhooks'][number] {
  const words = `The event was refused: ${rejected.reason}. ${whatToDo(rejected.code)}`;
  const brief = { webhook_id: id, name, outcome: 'rejected' as const, summary: words };
  return isInFull ? { ...brief, steps: [{ at: rejected.received_at.toISOString(), what: 'rejected', words }] } : brief;
}

function explainedEvent(row: EventRow): ExplainedEvent {
  let data: Record<string, unknown> | undefined;
  return {
    id: row.id,
    event: row.type,
    timestamp: row.occurred_at,
    storedAtMs: row.stored_at.getTime(),
    // Most webhooks have no filter, or none that is asked.
    get data() {
      return (data ??= JSON.parse(row.data.toString()) as Record<string, unknown>);
    },
  };
}

/** The newest event of an id, and the last refusal of one. */
async function received(manager: EntityManager, accountId: string, id: string): Promise<Received> {
  const [event]: EventRow[] = await manager.query(
    `SELECT id, seq, type, occurred_at, stored_at, data FROM delivery_log.events
     WHERE account_id = $1 AND id = $2 ORDER BY stored_at DESC LIMIT 1`,
    [accountId, id],
  );
  const [rejected]: RejectedRow[] = await manager.query(
    `SELECT id, event_id, event_type, received_at, code, reason FROM delivery_log.rejected_events
     WHERE account_id = $1 AND ${id.startsWith('rej_') ? 'id' : 'event_id'} = $2 ORDER BY received_at DESC LIMIT 1`,
    [accountId, id],
  );
  if (!event && !rejected) throw await notFound(manager, accountId, id);
  return { event: event ?? null, rejected: rejected ?? null };
}

function receivedAt({ event, rejected }: Received): Date {
  return event?.stored_at ?? rejected!.received_at;
}

async function notFound(manager: EntityManager, accountId: string, id: string): Promise<Problem> {
  const [test]: { id: string }[] = await manager.query(
    'SELECT id FROM delivery_log.deliveries WHERE account_id = $1 AND event_id = $2 AND is_test LIMIT 1',
    [accountId, id],
  );
  if (test) return new Problem('event_not_found', `This is the sample of a test: see the delivery ${test.id}.`);
  return new Problem(
    'event_not_found',
    `No event of this id reached Tidings in the last 31 days. Look whether it was published to crm.${accountId}.<type>, and whether ` +
      'the PubAck, or the 202 over HTTP, came. What has just been accepted is in the log after a moment.',
  );
}

function rejectionView({ id, received_at: at, code, reason }: RejectedRow): RejectionView {
  return { id, at: at.toISOString(), code, reason, what_to_do: whatToDo(code) };
}
