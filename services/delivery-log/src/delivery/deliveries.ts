import type { AttemptView, DeliveryDetailView, DeliveryView, ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import { eventHeaders } from '#libs/contracts/src/crm-event';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { BodyRecipe, TestEvent } from '#libs/contracts/src/fact';
import type { EnvelopeField, WebhookState } from '#libs/contracts/src/webhook-state';
import { asAccount, asAccountAtOnce } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { compileDataRules } from '#libs/profiles/src/data-rules';
import { renderBody } from '#libs/profiles/src/render-body';
import { answerKeyOf } from '#libs/contracts/src/answer-key';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { selectDeliveries, selectDeliveriesOf, type DeliverySelection, type Statement } from './delivery-queries.js';
import { deliveryView, type DeliveryRow } from './delivery.row.js';
import { answerIn, keyOfTest, searchAnswers } from './search-answers.js';

interface AttemptRow extends Omit<AttemptView, 'at' | 'response_body' | 'response_headers'> {
  at: Date;
  /** Sealed. */
  answer: Buffer | null;
  /** JSON. */
  request_headers: string;
}

/** What of an event its deliveries are shown with. */
interface EventPart {
  timestamp: string;
  data: Uint8Array;
  answerKey: Buffer;
}

/** Deliveries as the log shows them. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Newest first. */
  async list(accountId: string, webhookId: string, query: ListDeliveriesQuery): Promise<Page<DeliveryView>> {
    const { limit = PAGE_LIMIT_DEFAULT, cursor, search, ...filters } = query;
    const scope = ['deliveries', accountId, webhookId, filters.status, filters.event, filters.since, filters.until, search];
    const position = positionIn(cursor, scope);
    const after = position && { createdAt: position[0], id: position[1] };
    const selection: DeliverySelection = { ...filters, accountId, webhookId, after, limit: limit + 1 };
    const cursorAt = (row: DeliveryRow): string => cursorOf(scope, [row.created_at.toISOString(), row.id]);
    return asAccount(this.database, accountId, async (manager) => {
      const run = <T>({ text, values }: Statement): Promise<T[]> => manager.query(text, values);
      if (search === undefined) return pageOf(await run<DeliveryRow>(selectDeliveries(selection)), limit, deliveryView, cursorAt);
      const eventIds = await this.eventsNamed(manager, accountId, webhookId, search);
      if (eventIds.length > 0)
        return pageOf(await run<DeliveryRow>(selectDeliveriesOf(eventIds, selection)), limit, deliveryView, cursorAt);
      const { found, last } = await searchAnswers(manager, search, selection);
      const page = pageOf(found, limit, deliveryView, cursorAt);
      // Nothing more among those that were looked at: the next page goes on behind them.
      return page.next_cursor === null && last ? { ...page, next_cursor: cursorAt(last) } : page;
    });
  }

  /** The events that the text is the id or the record key of, if the webhook has deliveries of them. */
  private async eventsNamed(manager: EntityManager, accountId: string, webhookId: string, text: string): Promise<string[]> {
    const events: { id: string }[] = await manager.query(
      'SELECT DISTINCT id FROM delivery_log.events WHERE account_id = $1 AND key = $2 LIMIT 10000',
      [accountId, text],
    );
    const ids = [text, ...events.map(({ id }) => id)];
    const known: unknown[] = await manager.query(
      'SELECT 1 FROM delivery_log.deliveries WHERE account_id = $1 AND webhook_id = $2 AND event_id = ANY($3) LIMIT 1',
      [accountId, webhookId, ids],
    );
    return known.length > 0 ? ids : [];
  }

  /** With its payload and attempts. Throws `delivery_not_found`, for another account's as well. */
  async get(accountId: string, id: string): Promise<DeliveryDetailView> {
    const { row, attempts } = await asAccountAtOnce(this.database, accountId, async (manager) => {
      const found = await findRow(manager, accountId, id);
      const made: AttemptRow[] = await manager.query(
        `SELECT number, at, status_code, error, response_time_ms, answer, trigger, request_headers
         FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2 ORDER BY at, number`,
        // A clock that was set back must not hide an attempt.
        [id, new Date(found.created_at.getTime() - 60_000)],
      );
      return { row: found, attempts: made };
    });
    const event = await this.eventOf(row);
    return {
      ...deliveryView(row),
      reason: row.reason,
      payload: event === null ? null : payloadOf(row, event),
      request_headers: JSON.parse(attempts.at(-1)?.request_headers ?? '{}') as Record<string, string>,
      attempts: attempts.map((attempt) => attemptView(id, attempt, event)),
    };
  }

  /** Throws `delivery_not_found`, for another account's as well. */
  row(accountId: string, id: string): Promise<DeliveryRow> {
    return asAccount(this.database, accountId, (manager) => findRow(manager, accountId, id));
  }

  /**
   * Null when it was erased, or its time is over. EVENTS and FACTS are projected side by side, and a fact may be there first:
   * then the stream itself is asked.
   */
  private async eventOf({ account_id, event_seq, test_event }: DeliveryRow): Promise<EventPart | null> {
    if (test_event !== null) {
      const test = JSON.parse(test_event) as TestEvent;
      return { timestamp: test.timestamp, data: Buffer.from(test.data), answerKey: keyOfTest(test) };
    }
    const [row]: { occurred_at: string; data: Buffer; answer_key: Buffer | null }[] = await asAccount(
      this.database,
      account_id,
      (manager) => manager.query('SELECT occurred_at, data, answer_key FROM delivery_log.events WHERE seq = $1', [event_seq]),
    );
    if (row) return row.answer_key && { timestamp: row.occurred_at, data: row.data, answerKey: row.answer_key };
    const message = await this.connection.jsm.direct.getMessage('EVENTS', { seq: Number(event_seq) });
    if (message === null) return null;
    const { header, data } = message;
    const answerKey = answerKeyOf(header.get(eventHeaders.answerKey) || null, data);
    return { timestamp: header.get(eventHeaders.timestamp), data, answerKey };
  }
}

async function findRow(manager: EntityManager, accountId: string, id: string): Promise<DeliveryRow> {
  const [row]: DeliveryRow[] = await manager.query(
    'SELECT * FROM delivery_log.deliveries WHERE id = $2 AND account_id = $1 ORDER BY created_at DESC LIMIT 1',
    [accountId, id],
  );
  if (!row) throw new Problem('delivery_not_found', 'There is no such delivery.');
  return row;
}

/** The bytes sent, made again from the event's bytes by the recipe that the last attempt used. */
function payloadOf(row: DeliveryRow, { timestamp, data }: EventPart): string | null {
  if (row.recipe === null) return null;
  const recipe = JSON.parse(row.recipe) as BodyRecipe;
  return renderBody(
    recipe.envelope as EnvelopeField[],
    { id: row.event_id, type: row.event_type, timestamp, data },
    { id: row.webhook_id, accountId: row.account_id },
    recipe.contentType as WebhookState['contentType'],
    compileDataRules(recipe),
  ).toString();
}

function attemptView(deliveryId: string, row: AttemptRow, event: EventPart | null): AttemptView {
  const { number, status_code, error, response_time_ms, trigger } = row;
  const { body: response_body, headers: response_headers } = answerIn(row.answer, event && event.answerKey, deliveryId);
  return { number, at: row.at.toISOString(), status_code, error, response_time_ms, response_body, response_headers, trigger };
}
