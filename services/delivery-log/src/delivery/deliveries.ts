import type {
  AttemptView,
  DeliveryDetailView,
  DeliveryStatus,
  DeliveryView,
  ListDeliveriesQuery,
} from '#libs/api/src/delivery.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import { eventHeaders } from '#libs/contracts/src/crm-event';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { BodyRecipe, TestEvent } from '#libs/contracts/src/fact';
import type { EnvelopeField, WebhookForm } from '#libs/contracts/src/webhook-form';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { renderBody } from '#libs/profiles/src/render-body';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  searchResponses,
  selectDeliveries,
  selectDeliveriesOf,
  type DeliverySelection,
  type Statement,
} from './delivery-queries.js';

export interface DeliveryRow {
  id: string;
  created_at: Date;
  account_id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  event_seq: string;
  status: DeliveryStatus;
  reason: string | null;
  attempts: number;
  response_code: number | null;
  response_time_ms: number | null;
  next_attempt_at: Date | null;
  waiting_seq: string | null;
  updated_at: Date;
  is_test: boolean;
  replay_id: string | null;
  /** JSON of a BodyRecipe and of a TestEvent. */
  recipe: string | null;
  test_event: string | null;
}

interface AttemptRow extends Omit<AttemptView, 'at' | 'response_headers'> {
  at: Date;
  /** JSON. */
  response_headers: string;
  request_headers: string;
}

/**
 * A search in responses looks at so many deliveries for one page, half a second's work; the next page goes on behind them. An
 * index over the text of every response would cost each attempt more than all the rest of its row.
 */
const SEARCHED_MAX = 10_000;

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
      if (search === undefined) return pageOf(await run<DeliveryRow>(selectDeliveries(selection)), limit, viewOf, cursorAt);
      const eventIds = await this.eventsNamed(manager, accountId, webhookId, search);
      if (eventIds.length > 0)
        return pageOf(await run<DeliveryRow>(selectDeliveriesOf(eventIds, selection)), limit, viewOf, cursorAt);
      const rows = await run<DeliveryRow & { is_found: boolean }>(searchResponses(search, selection, SEARCHED_MAX));
      const found = rows.filter(({ is_found }) => is_found);
      const last = rows.find(({ is_found }) => !is_found);
      const page = pageOf(found, limit, viewOf, cursorAt);
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
    const row = await this.row(accountId, id);
    const attempts: AttemptRow[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT number, at, status_code, error, response_time_ms, response_body, response_headers, trigger, request_headers
       FROM delivery_log.attempts WHERE delivery_id = $1 AND at >= $2 ORDER BY at, number`,
        // A clock that was set back must not hide an attempt.
        [id, new Date(row.created_at.getTime() - 60_000)],
      ),
    );
    return {
      ...viewOf(row),
      reason: row.reason,
      payload: await this.payloadOf(row),
      request_headers: JSON.parse(attempts.at(-1)?.request_headers ?? '{}') as Record<string, string>,
      attempts: attempts.map(attemptView),
    };
  }

  /** Throws `delivery_not_found`, for another account's as well. */
  async row(accountId: string, id: string): Promise<DeliveryRow> {
    const [row]: DeliveryRow[] = await asAccount(this.database, accountId, (manager) =>
      manager.query('SELECT * FROM delivery_log.deliveries WHERE id = $2 AND account_id = $1 ORDER BY created_at DESC LIMIT 1', [
        accountId,
        id,
      ]),
    );
    if (!row) throw new Problem('delivery_not_found', 'There is no such delivery.');
    return row;
  }

  /** The bytes sent, made again from the event's bytes by the recipe that the last attempt used. */
  private async payloadOf(row: DeliveryRow): Promise<string | null> {
    if (row.recipe === null) return null;
    const recipe = JSON.parse(row.recipe) as BodyRecipe;
    const test = row.test_event === null ? null : (JSON.parse(row.test_event) as TestEvent);
    const event = test
      ? { timestamp: test.timestamp, data: Buffer.from(test.data) }
      : await this.findEvent(row.account_id, Number(row.event_seq));
    if (event === null) return null;
    return renderBody(
      recipe.envelope as EnvelopeField[],
      { id: row.event_id, type: row.event_type, ...event },
      { id: row.webhook_id, accountId: row.account_id },
      recipe.contentType as WebhookForm['contentType'],
    ).toString();
  }

  /** The event's row, or the stream itself: EVENTS and FACTS are projected side by side, and a fact may be there first. */
  private async findEvent(accountId: string, seq: number): Promise<{ timestamp: string; data: Uint8Array } | null> {
    const [row]: { occurred_at: string; data: Buffer }[] = await asAccount(this.database, accountId, (manager) =>
      manager.query('SELECT occurred_at, data FROM delivery_log.events WHERE seq = $1', [seq]),
    );
    if (row) return { timestamp: row.occurred_at, data: row.data };
    const message = await this.connection.jsm.direct.getMessage('EVENTS', { seq });
    return message === null ? null : { timestamp: message.header.get(eventHeaders.timestamp), data: message.data };
  }
}

function attemptView(row: AttemptRow): AttemptView {
  const { number, status_code, error, response_time_ms, response_body, trigger } = row;
  const response_headers = JSON.parse(row.response_headers) as Record<string, string>;
  return { number, at: row.at.toISOString(), status_code, error, response_time_ms, response_body, response_headers, trigger };
}

export function viewOf(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event: row.event_type,
    status: row.status,
    response_code: row.response_code,
    response_time_ms: row.response_time_ms,
    retry_count: Math.max(0, row.attempts - 1),
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    is_test: row.is_test,
    ...(row.replay_id === null ? {} : { replay_of: row.replay_id }),
  };
}
