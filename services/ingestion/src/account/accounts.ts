import type { AccountState } from '#libs/contracts/src/account-state';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { logDaysIn, saidLogDays, type LogDays } from '#libs/contracts/src/log-days';
import { subjects } from '#libs/contracts/src/subjects';
import { follow } from '#libs/jetstream/src/follow';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { compileSchema, type SchemaError } from '#libs/profiles/src/event-schema';
import { notificationEventTypes } from '#libs/profiles/src/notification-events';
import { profiles } from '#libs/profiles/src/profiles';
import { Injectable, Logger } from '@nestjs/common';

type SchemaCheck = (data: unknown) => SchemaError[];

/** An account with the checks of its event types. */
export interface Account {
  state: AccountState;
  /** By event type; null where any object is accepted. Compiled when first used. */
  checks: Map<string, SchemaCheck | null>;
}

/**
 * Every account, in memory, followed from WEBHOOKS. On a miss the stream itself is asked, so an account or an event type is
 * known as soon as its 201 was answered. An unknown account costs a request each time, a known one nothing.
 */
@Injectable()
export class Accounts {
  private readonly logger = new Logger(Accounts.name);
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly connection: JetStreamConnection) {}

  /** Resolves when every account stored by now is known. */
  async start(): Promise<void> {
    const { caughtUp } = await follow(this.connection.js, {
      stream: 'WEBHOOKS',
      filter: 'account.*.*',
      onMessage: ({ body }) => this.apply(body),
      onProblem: (reason) => this.logger.error(reason),
    });
    await caughtUp;
  }

  /** Null when there is no such account, or it is deleted. Throws when NATS cannot tell. */
  async findAccount(accountId: string): Promise<Account | null> {
    if (!ID_PATTERN.test(accountId)) return null;
    const known = this.accounts.get(accountId) ?? (await this.readAgain(accountId));
    return known === null || known.state.deleted ? null : known;
  }

  /** The account's log retention, as messages say it; undefined for an unknown account. Throws when NATS cannot tell. */
  async findLogDays(accountId: string): Promise<LogDays | undefined> {
    const account = await this.findAccount(accountId);
    return saidLogDays(logDaysIn(account?.state.logDays));
  }

  /** The check of a type's data, null where any object is accepted; undefined when the account has no such type. */
  async findCheck(account: Account, type: string): Promise<SchemaCheck | null | undefined> {
    const known = checkOf(account, type);
    if (known !== undefined) return known;
    const newest = await this.readAgain(account.state.id);
    return newest === null ? undefined : checkOf(newest, type);
  }

  private async readAgain(accountId: string): Promise<Account | null> {
    const message = await this.connection.jsm.streams.getMessage('WEBHOOKS', { last_by_subj: subjects.account(accountId) });
    return message === null ? null : this.apply(message.data);
  }

  /** Keeps the state unless a newer revision is known, and returns the newest. */
  private apply(body: Uint8Array): Account {
    const state = JSON.parse(Buffer.from(body).toString()) as AccountState;
    const known = this.accounts.get(state.id);
    if (known && known.state.revision >= state.revision) return known;
    const account = { state, checks: new Map<string, SchemaCheck | null>() };
    this.accounts.set(state.id, account);
    return account;
  }
}

function checkOf(account: Account, type: string): SchemaCheck | null | undefined {
  const compiled = account.checks.get(type);
  if (compiled !== undefined) return compiled;
  const own = account.state.eventTypes.find(({ name }) => name === type);
  const declared =
    own ??
    [...(profiles.get(account.state.profile)?.eventTypes ?? []), ...notificationEventTypes].find(({ name }) => name === type);
  if (!declared) return undefined;
  const check = declared.schema === null ? null : compileSchema(declared.schema);
  account.checks.set(type, check);
  return check;
}
