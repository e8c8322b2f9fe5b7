import type { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { saidLogDays, type LogDays } from '#libs/contracts/src/log-days';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { patternsOf } from '#libs/matching/src/event-pattern';
import { Problem } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EventTypes } from '../event-type/event-types.js';
import { readAccountRow } from '../state/account.row.js';
import { webhookState } from '../state/states.js';
import { WebhookBuilder } from './webhook-builder.js';
import { Webhooks } from './webhooks.js';

const TEST_FIELD = 'data.test';

/** Test sends: samples of the account's catalog with `test: true`, which dispatch sends like any other delivery. */
@Injectable()
export class WebhookTests {
  constructor(
    private readonly database: DataSource,
    private readonly webhooks: Webhooks,
    private readonly builder: WebhookBuilder,
    private readonly eventTypes: EventTypes,
    private readonly connection: JetStreamConnection,
  ) {}

  /** Tests a stored webhook. Throws `webhook_not_found` and `validation_failed`. */
  async saved(accountId: string, webhookId: string, { event }: TestWebhookDto): Promise<TestResultsView> {
    const account = await readAccountRow(this.database, accountId);
    const row = await this.webhooks.row(accountId, webhookId);
    const samples = samplesFor(await this.eventTypes.catalog(account), row.events, event);
    return this.send(webhookState(row, account), samples, account.log_days);
  }

  /** Tests a webhook that is not stored. Only the log keeps a line of it. Throws `validation_failed`. */
  async unsaved(accountId: string, { event, ...body }: TestUnsavedWebhookDto): Promise<TestResultsView> {
    const account = await readAccountRow(this.database, accountId);
    const catalog = await this.eventTypes.catalog(account);
    const { webhook } = this.builder.build(account, body, catalog);
    return this.send(webhookState(webhook, account), samplesFor(catalog, webhook.events, event), account.log_days);
  }

  private async send(state: WebhookState, samples: EventType[], logDays: LogDays): Promise<TestResultsView> {
    const events = samples.map(({ name, sample }) => ({ type: name, data: JSON.stringify({ ...sample, test: true }) }));
    try {
      const answer = await this.connection.nc.request(
        subjects.testSends(partitionOf(state.accountId)),
        JSON.stringify({ state: showingTest(state), events, logDays: saidLogDays(logDays) }),
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

/** The rules for the data never hide that it is a test. */
function showingTest(state: WebhookState): WebhookState {
  const { dataFields, maskedFields } = state;
  return {
    ...state,
    ...(dataFields ? { dataFields: [...dataFields, TEST_FIELD] } : {}),
    ...(maskedFields ? { maskedFields: maskedFields.filter((path) => path !== TEST_FIELD) } : {}),
  };
}

function samplesFor(catalog: EventType[], patterns: string[], event: string | undefined): EventType[] {
  if (event === undefined) return catalog.filter(({ name }) => patternsOf(name).some((pattern) => patterns.includes(pattern)));
  const type = catalog.find(({ name }) => name === event);
  if (type) return [type];
  throw Problem.invalid({ pointer: '/event', detail: 'names no event type of this account: see GET /api/v1/event-types' });
}
