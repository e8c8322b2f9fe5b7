import type { AttemptView, DeliveryDetailView, DeliveryView, ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { storedMessage } from '#libs/jetstream/src/stream-message';
import type { BodyRecipe, TestEvent } from '#libs/contracts/src/fact';
import { readEvent } from '#libs/contracts/src/stored-event';
import type { EnvelopeField, WebhookState } from '#libs/contracts/src/webhook-state';
import { asAccount, asAccountAtOnce } from '#libs/postgres/src/database';
import { firstRow, rows, type Sql } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { compileDataRules } from '#libs/profiles/src/data-rules';
import { renderBody } from '#libs/profiles/src/render-body';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { selectDeliveries, selectDeliveriesOf, type DeliverySelection, type Statement } from './delivery-queries.js';
import { attemptsSince, deliveryView, type DeliveryRow } from './delivery.row.js';
import { answerIn, keyOfTest, searchAnswers } from './search-answers.js';

interface AttemptRow extends Omit<AttemptView, 'at' | 'response_body' | 'response_headers'> {
  at: Date;
  /** Sealed. */
  answer: Buffer | null;
  /** JSON. */
  request_headers: string;
}

/** Part of an event that its deliveries show. */
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
      const pageBy = async ({ text, values }: Statement): Promise<Page<DeliveryView>> =>
        pageOf(await rows<DeliveryRow>(manager, text, values), limit, deliveryView, cursorAt);
      if (search === undefined) return pageBy(selectDeliveries(selection));
      const eventIds = await this.eventsNamed(manager, accountId, webhookId, search);
      if (eventIds.length > 0) return pageBy(selectDeliveriesOf(eventIds, selection));
      const { found, last } = await searchAnswers(manager, search, selection);
      const page = pageOf(found, limit, deliveryView, cursorAt);
      // The search stopped early: the next page goes on after the last delivery it looked at.
      return page.next_cursor === null && last ? { ...page, next_cursor: cursorAt(last) } : page;
    });
  }

  /** Returns the events whose id or record key is the text, or none when the webhook has no delivery of them. */
  private async eventsNamed(sql: Sql, accountId: string, webhookId: string, text: string): Promise<string[]> {
    const events = await rows<{ id: string }>(
      sql,
      'SELECT DISTINCT id FROM delivery_log.events WHERE account_id = $1 AND key = $2 LIMIT 10000',
      [accountId, text],
    );
    const ids = [text, ...events.map(({ id }) => id)];
    const known = await firstRow(
      sql,
      'SELECT 1 FROM delivery_log.deliveries WHERE account_id = $1 AND webhook_id = $2 AND event_id = ANY($3) LIMIT 1',
      [accountId, webhookId, ids],
    );
    return known === null ? [] : ids;
  }

  /** Returns a delivery with its payload and attempts. Throws `delivery_not_found`, for another account's delivery too. */
  async get(accountId: string, id: string): Promise<DeliveryDetailView> {
    const { row, attempts } = await asAccountAtOnce(this.database, accountId, async (manager) => {
      const found = await getRow(manager, accountId, id);
      const made = await rows<AttemptRow>(
        manager,
        `SELECT number, at, url, method, status_code, error, response_time_ms, answer, trigger, is_resent AS resent, request_headers
         FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2 ORDER BY at, number`,
        [id, attemptsSince(found)],
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

  /** Throws `delivery_not_found`, for another account's delivery too. */
  getRow(accountId: string, id: string): Promise<DeliveryRow> {
    return asAccount(this.database, accountId, (manager) => getRow(manager, accountId, id));
  }

  /**
   * Returns null when the event was erased or its retention is over. EVENTS and FACTS are projected side by side, and a fact may
   * be first: then the event is read from its stream.
   */
  private async eventOf({ account_id, event_seq, test_event }: DeliveryRow): Promise<EventPart | null> {
    if (test_event !== null) {
      const test = JSON.parse(test_event) as TestEvent;
      return { timestamp: test.timestamp, data: Buffer.from(test.data), answerKey: keyOfTest(test) };
    }
    const stored = await asAccount(this.database, account_id, (manager) =>
      firstRow<{ occurred_at: string; data: Buffer; answer_key: Buffer | null }>(
        manager,
        'SELECT occurred_at, data, answer_key FROM delivery_log.events WHERE seq = $1',
        [event_seq],
      ),
    );
    if (stored) return stored.answer_key && { timestamp: stored.occurred_at, data: stored.data, answerKey: stored.answer_key };
    const message = await this.connection.jsm.direct.getMessage('EVENTS', { seq: Number(event_seq) });
    return message && readEvent(storedMessage(message));
  }
}

async function getRow(sql: Sql, accountId: string, id: string): Promise<DeliveryRow> {
  const row = await firstRow<DeliveryRow>(
    sql,
    'SELECT * FROM delivery_log.deliveries WHERE id = $2 AND account_id = $1 ORDER BY created_at DESC LIMIT 1',
    [accountId, id],
  );
  if (row === null) throw new Problem('delivery_not_found', 'There is no such delivery.');
  return row;
}

/** Renders the bytes that were sent from the event's bytes, by the recipe of the last attempt. */
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
  const { number, url, method, status_code, error, response_time_ms, trigger, resent } = row;
  const { body: response_body, headers: response_headers } = answerIn(row.answer, event && event.answerKey, deliveryId);
  const at = row.at.toISOString();
  return { number, at, url, method, status_code, error, response_time_ms, response_body, response_headers, trigger, resent };
}
