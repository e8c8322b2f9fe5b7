import type { ExplainEventQuery } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { PreviewedWebhook, PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import type { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import type {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import type { WebhookCondition, WebhookHistory } from '../webhook-history.js';
import { call, CHANGE_TIMEOUT_MS, type Nothing, type OfAccount } from './call.js';

const reads = { needs: 'webhooks:read' } as const;
const changes = { needs: 'webhooks:write', timeoutMs: CHANGE_TIMEOUT_MS } as const;
/** A test waits for receivers, each at most 60 s. */
const tests = { needs: 'webhooks:write', timeoutMs: 65_000 } as const;

type OfWebhook<T = unknown> = OfAccount<{ webhookId: string }> & T;

export const createWebhook = call<OfAccount<{ body: CreateWebhookDto }>, WebhookWithSecretView>(
  'subscriptions.webhooks.create',
  changes,
);
export const listWebhooks = call<OfAccount<{ query: ListWebhooksQuery }>, Page<WebhookView>>(
  'subscriptions.webhooks.list',
  reads,
);
export const getWebhook = call<OfWebhook, WebhookView>('subscriptions.webhooks.get', reads);
export const updateWebhook = call<OfWebhook<{ body: UpdateWebhookDto }>, WebhookView>('subscriptions.webhooks.update', changes);
export const deleteWebhook = call<OfWebhook, Nothing>('subscriptions.webhooks.delete', changes);
export const pauseWebhook = call<OfWebhook, WebhookView>('subscriptions.webhooks.pause', changes);
export const resumeWebhook = call<OfWebhook<{ body: ResumeWebhookDto }>, WebhookView>('subscriptions.webhooks.resume', changes);
export const rotateSecret = call<OfWebhook<{ body: RotateSecretDto }>, WebhookWithSecretView>(
  'subscriptions.webhooks.rotate_secret',
  changes,
);
export const testWebhook = call<OfWebhook<{ body: TestWebhookDto }>, TestResultsView>('subscriptions.webhooks.test', tests);
export const testUnsavedWebhook = call<OfAccount<{ body: TestUnsavedWebhookDto }>, TestResultsView>(
  'subscriptions.webhooks.test_unsaved',
  tests,
);
/** Checks what is to be previewed, and completes it from the webhook and from the account's catalog. */
export const previewWebhook = call<OfAccount<{ body: PreviewWebhookDto }>, PreviewedWebhook>('subscriptions.webhooks.preview', {
  needs: 'webhooks:write',
});

/** Throws `validation_failed` for patterns that match no event type of the account. */
export const checkEvents = call<OfAccount<{ events: string[] }>, Nothing>('subscriptions.webhooks.check_events');
/** States of the account's webhooks since `sinceMs`; of one webhook where the query names one. */
export const listWebhookHistories = call<OfAccount<{ sinceMs: number; query: ExplainEventQuery }>, Page<WebhookHistory>>(
  'subscriptions.webhooks.histories',
);
export const getWebhookCondition = call<OfWebhook, WebhookCondition>('subscriptions.webhooks.condition');

/** Answers as soon as the service does. */
export const pingSubscriptions = call<object, Nothing>('subscriptions.ping', { timeoutMs: 500 });
