import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { changedPaths } from '#libs/matching/src/changed';
import { compileFilter } from '#libs/matching/src/filter';
import { asAccount } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Events } from '../event/events.js';
import { dataOf, type LookedAt } from './selection.js';

/** A webhook's filter over stored events: each is looked at as it was when it came. */
@Injectable()
export class Filtering {
  constructor(
    private readonly database: DataSource,
    private readonly stored: Events,
  ) {}

  /** Those of the events that pass. */
  async passing({ accountId, filter }: WebhookState, events: LookedAt[]): Promise<LookedAt[]> {
    if (filter === null || events.length === 0) return events;
    const passes = compileFilter(filter);
    const paths = changedPaths(filter);
    const data = await asAccount(this.database, accountId, (manager) => dataOf(manager, events));
    const passing: LookedAt[] = [];
    for (const event of events) {
      const { seq, id, type, occurred_at: timestamp } = event;
      const text = data.get(seq);
      // Gone meanwhile, with its day, or erased.
      if (text === undefined || text.length === 0) continue;
      const before = paths.length === 0 ? {} : await this.stored.valuesBefore(accountId, id, paths);
      const subject = { id, event: type, timestamp, data: JSON.parse(text.toString()) as Record<string, unknown> };
      if (passes({ ...subject, before: new Map(Object.entries(before)) })) passing.push(event);
    }
    return passing;
  }
}
