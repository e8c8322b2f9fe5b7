import type { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { saidLogDays, type LogDays } from '#libs/contracts/src/log-days';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { patternsOf } from '#libs/matching/src/event-pattern';
import { Problem } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';
import { Injectable } from '@nestjs/common';
import { Accounts } from '../account/accounts.js';
import { EventTypes } from '../event-type/event-types.js';
import { webhookState } from '../outbox/states.js';
import { Webhooks } from './webhooks.js';

/** Test sends: samples of the account's catalog with `test: true`, sent by dispatch as any other delivery is. */
@Injectable()
export class WebhookTests {
  constructor(
    private readonly accounts: Accounts,
    private readonly webhooks: Webhooks,
    private readonly eventTypes: EventTypes,
    private readonly connection: JetStreamConnection,
  ) {}

  async saved(accountId: string, webhookId: string, { event }: TestWebhookDto): Promise<TestResultsView> {
    const account = await this.accounts.row(accountId);
    const row = await this.webhooks.row(accountId, webhookId);
    const samples = samplesFor(await this.eventTypes.catalog(account), row.events, event);
    return this.send(webhookState(row, account), samples, account.logDays);
  }

  /** A URL before it is saved; nothing of it stays but the log's line. */
  async unsaved(accountId: string, { event, ...body }: TestUnsavedWebhookDto): Promise<TestResultsView> {
    const account = await this.accounts.row(accountId);
    const { row } = await this.webhooks.build(accountId, body);
    const samples = samplesFor(await this.eventTypes.catalog(account), row.events, event);
    return this.send(webhookState(row, account), samples, account.logDays);
  }

  private async send(state: WebhookState, samples: EventType[], logDays: LogDays): Promise<TestResultsView> {
    const events = samples.map(({ name, sample }) => ({ type: name, data: JSON.stringify({ ...sample, test: true }) }));
    try {
      const answer = await this.connection.nc.request(
        subjects.testSends(partitionOf(state.accountId)),
        JSON.stringify({ state, events, logDays: saidLogDays(logDays) }),
        { timeout: state.retryPolicy.timeoutMs + 2_000 },
      );
      return answer.json<TestResultsView>();
    } catch {
      throw new Problem('unavailable', 'The dispatch service does not answer. Nothing was sent; try again.', {
        retryAfterSeconds: 2,
      });
    }
  }
}

function samplesFor(catalog: EventType[], patterns: string[], event: string | undefined): EventType[] {
  if (event === undefined) return catalog.filter(({ name }) => patternsOf(name).some((pattern) => patterns.includes(pattern)));
  const type = catalog.find(({ name }) => name === event);
  if (type) return [type];
  throw new Problem('validation_failed', 'There is no such event type.', {
    errors: [{ pointer: '/event', detail: 'see GET /api/v1/event-types' }],
  });
}
