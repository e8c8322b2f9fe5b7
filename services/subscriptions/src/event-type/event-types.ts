import {
  OWN_EVENT_TYPES_MAX,
  type CreateEventTypeDto,
  type EventTypeView,
  type UpdateEventTypeDto,
} from '#libs/api/src/event-type.dto';
import type { AuditAction } from '#libs/api/src/audit.dto';
import type { Page } from '#libs/api/src/page.dto';
import { isPlatformType, PLATFORM_TYPE_MISTAKE } from '#libs/contracts/src/notification';
import { asAccount } from '#libs/postgres/src/database';
import { changedRows, firstRow, rows } from '#libs/postgres/src/rows';
import { Problem, type FieldError } from '#libs/problem/src/problem';
import { compileSchema } from '#libs/profiles/src/event-schema';
import { notificationEventTypes } from '#libs/profiles/src/notification-events';
import type { EventType } from '#libs/profiles/src/profile';
import { profiles } from '#libs/profiles/src/profiles';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { Outbox } from '../outbox/outbox.js';
import { lockAccountRow, readAccountRow, type AccountRow } from '../state/account.row.js';

/** Limits schemas and samples together: one message of at most 1 MB carries all of them. */
const BYTES_MAX = 512 * 1024;
const COLUMNS = 'name, category, description, schema, sample';

/** Event types of an account: its profile's catalog, the notifications of Tidings, and the account's own. */
@Injectable()
export class EventTypes {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  /** Lists the whole catalog by category, the account's own types last. About a hundred entries need no pages. */
  async list(accountId: string): Promise<Page<EventTypeView>> {
    const account = await readAccountRow(this.database, accountId);
    const own = await this.own(accountId);
    const data = [...given(account).map((type) => ({ ...type, is_own: false })), ...own.map(eventTypeView)];
    return { data, next_cursor: null };
  }

  /** Every event type that the account may publish and subscribe to. */
  async catalog(account: AccountRow): Promise<EventType[]> {
    return [...given(account), ...(await this.own(account.id))];
  }

  create(accountId: string, body: CreateEventTypeDto): Promise<EventTypeView> {
    const { name, category, description, schema = null, sample = {} } = body;
    if (isPlatformType(name)) throw Problem.invalid({ pointer: '/name', detail: PLATFORM_TYPE_MISTAKE });
    return this.change(accountId, 'event_type.created', name, async (manager, account) => {
      refuseUnfit(schema, body.sample === undefined ? null : sample);
      const type = { name, category, description, schema, sample };
      const inserted = await firstRow(
        manager,
        `INSERT INTO subscriptions.event_types (account_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING RETURNING 1`,
        [accountId, name, category, description, schema && JSON.stringify(schema), JSON.stringify(sample)],
      );
      if (!inserted || given(account).some((one) => one.name === name))
        throw new Problem('event_type_exists', `There is an event type ${name} already. Change it, or choose another name.`);
      return { before: null, after: type };
    });
  }

  update(accountId: string, name: string, body: UpdateEventTypeDto): Promise<EventTypeView> {
    return this.change(accountId, 'event_type.updated', name, async (manager, account) => {
      const before = await this.ownType(manager, account, name);
      const after = { ...before, ...body };
      refuseUnfit(after.schema, body.sample === undefined && body.schema === undefined ? null : after.sample);
      const { category, description, schema, sample } = after;
      await changedRows(
        manager,
        `UPDATE subscriptions.event_types SET category = $3, description = $4, schema = $5, sample = $6
         WHERE account_id = $1 AND name = $2`,
        [accountId, name, category, description, schema && JSON.stringify(schema), JSON.stringify(sample)],
      );
      return { before, after };
    });
  }

  /** Events of it are refused from now on; webhooks that name it stay, and get nothing of it. */
  async delete(accountId: string, name: string): Promise<void> {
    await this.change(accountId, 'event_type.deleted', name, async (manager, account) => {
      const before = await this.ownType(manager, account, name);
      await changedRows(manager, 'DELETE FROM subscriptions.event_types WHERE account_id = $1 AND name = $2', [accountId, name]);
      return { before, after: null };
    });
  }

  private own(accountId: string): Promise<EventType[]> {
    return asAccount(this.database, accountId, (manager) =>
      rows<EventType>(manager, `SELECT ${COLUMNS} FROM subscriptions.event_types WHERE account_id = $1 ORDER BY category, name`, [
        accountId,
      ]),
    );
  }

  /** Throws `event_type_not_found`, or `conflict` for a type of the profile's catalog. */
  private async ownType(manager: EntityManager, account: AccountRow, name: string): Promise<EventType> {
    const type = await firstRow<EventType>(
      manager,
      `SELECT ${COLUMNS} FROM subscriptions.event_types WHERE account_id = $1 AND name = $2`,
      [account.id, name],
    );
    if (type) return type;
    if (given(account).some((one) => one.name === name))
      throw new Problem(
        'conflict',
        `${name} belongs to the profile ${account.profile} and cannot be changed. Create an event type of your own.`,
      );
    throw new Problem('event_type_not_found', 'There is no such event type.');
  }

  private async change(
    accountId: string,
    action: AuditAction,
    name: string,
    work: (manager: EntityManager, account: AccountRow) => Promise<{ before: EventType | null; after: EventType | null }>,
  ): Promise<EventTypeView> {
    const view = await asAccount(this.database, accountId, async (manager) => {
      const account = await lockAccountRow(manager, accountId);
      const { before, after } = await work(manager, account);
      await refuseTooMany(manager, accountId);
      await changedRows(manager, GROW_REVISION, [accountId]);
      await this.outbox.enqueue(manager, 'account', accountId, accountId);
      await this.audit.record(manager, accountId, action, name, before, after);
      const answer = eventTypeView((after ?? before)!);
      await this.idempotency.remember(manager, answer);
      return answer;
    });
    await this.outbox.relay(accountId);
    return view;
  }
}

/** The account's state carries its event types, so a change of them is a change of the account. */
const GROW_REVISION = 'UPDATE subscriptions.accounts SET revision = revision + 1, updated_at = now() WHERE id = $1';

/** Event types that every account of the profile has. */
function given(account: AccountRow): EventType[] {
  return [...profiles.get(account.profile)!.eventTypes, ...notificationEventTypes];
}

function eventTypeView(type: EventType): EventTypeView {
  return { ...type, is_own: true };
}

/** Refuses a schema that does not compile and a sample that does not fit it, because test deliveries carry samples. */
function refuseUnfit(schema: object | null, sample: object | null): void {
  const errors: FieldError[] = [];
  if (schema !== null) {
    try {
      const check = compileSchema(schema);
      if (sample !== null) errors.push(...check(sample).map(({ pointer, detail }) => ({ pointer: `/sample${pointer}`, detail })));
    } catch (error) {
      errors.push({ pointer: '/schema', detail: (error as Error).message });
    }
  }
  if (errors.length > 0) throw Problem.invalid(...errors);
}

async function refuseTooMany(manager: EntityManager, accountId: string): Promise<void> {
  const own = await firstRow<{ count: number; bytes: number }>(
    manager,
    `SELECT count(*)::int AS count, coalesce(sum(octet_length(concat(schema, sample))), 0)::int AS bytes
     FROM subscriptions.event_types WHERE account_id = $1`,
    [accountId],
  );
  const { count, bytes } = own!;
  if (count > OWN_EVENT_TYPES_MAX)
    throw new Problem('conflict', `An account has at most ${OWN_EVENT_TYPES_MAX} event types of its own. Delete one first.`);
  if (bytes > BYTES_MAX)
    throw new Problem(
      'conflict',
      `The schemas and samples of an account have at most ${BYTES_MAX / 1024} KiB together. Make them smaller.`,
    );
}
