import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { changedPaths } from '#libs/matching/src/changed';
import { compileFilter } from '#libs/matching/src/filter';
import { asAccount } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Events } from '../event/events.js';
import { dataOf, type LookedAt } from './select-events.js';

/** Webhooks that replays deliver to: their current state, and their filters over stored events. */
@Injectable()
export class ReplayedWebhooks {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly database: DataSource,
    private readonly stored: Events,
  ) {}

  /** Reads the webhook's state where dispatch reads it. Null: it is deleted, unknown, or another account's. */
  async find(accountId: string, webhookId: string): Promise<WebhookState | null> {
    const message = await this.connection.jsm.direct.getMessage('WEBHOOKS', {
      last_by_subj: subjects.webhook(accountId, webhookId),
    });
    const state = message?.json<WebhookState>() ?? null;
    return state === null || state.deleted ? null : state;
  }

  /** Returns the events that pass the webhook's filter. `changed` compares with the values before each event, not with today's. */
  async passingFilter({ accountId, filter }: WebhookState, events: LookedAt[]): Promise<LookedAt[]> {
    if (filter === null || events.length === 0) return events;
    const passes = compileFilter(filter);
    const paths = changedPaths(filter);
    const data = await asAccount(this.database, accountId, (manager) => dataOf(manager, events));
    const passing: LookedAt[] = [];
    for (const event of events) {
      const { seq, id, type, occurred_at: timestamp } = event;
      const text = data.get(seq);
      // Erased in the meantime, or dropped with its day.
      if (text === undefined || text.length === 0) continue;
      const before = paths.length === 0 ? {} : await this.stored.getValuesBefore(accountId, id, paths);
      const subject = { id, event: type, timestamp, data: JSON.parse(text.toString()) as Record<string, unknown> };
      if (passes({ ...subject, before: new Map(Object.entries(before)) })) passing.push(event);
    }
    return passing;
  }
}
