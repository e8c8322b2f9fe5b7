import type { CreateAccountDto, UpdateAccountDto } from '#libs/api/src/account.dto';
import type { CreateApiKeyDto } from '#libs/api/src/api-key.dto';
import type { CreateEventTypeDto, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import type { ExplainEventQuery } from '#libs/api/src/explain.dto';
import type { CreateInboundWebhookDto, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import type { ListNotificationsQuery } from '#libs/api/src/notification.dto';
import type { PageQuery } from '#libs/api/src/page.dto';
import type {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
} from '#libs/api/src/webhook.dto';
import type { TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import type { PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Accounts } from './account/accounts.js';
import { ApiKeys } from './api-key/api-keys.js';
import { AuditLog } from './audit/audit-log.js';
import { EventTypes } from './event-type/event-types.js';
import { IdempotencyKeys, type Claim } from './idempotency/idempotency-keys.js';
import { InboundWebhooks } from './inbound-webhook/inbound-webhooks.js';
import { Notifications } from './notification/notifications.js';
import { WebhookPreviews } from './webhook/webhook-previews.js';
import { WebhookTests } from './webhook/webhook-tests.js';
import { WebhookHistories } from './webhook/webhook-histories.js';
import { Webhooks } from './webhook/webhooks.js';

type OfAccount<T = object> = { accountId: string } & T;
type OfWebhook<T = object> = { accountId: string; webhookId: string } & T;
type OfInboundWebhook<T = object> = { accountId: string; inboundWebhookId: string } & T;

/** What the gateway asks of this service; one line each. */
@Controller()
export class SubscriptionsHandler {
  constructor(
    private readonly accounts: Accounts,
    private readonly keys: ApiKeys,
    private readonly webhooks: Webhooks,
    private readonly histories: WebhookHistories,
    private readonly tests: WebhookTests,
    private readonly previews: WebhookPreviews,
    private readonly inboundWebhooks: InboundWebhooks,
    private readonly eventTypes: EventTypes,
    private readonly notifications: Notifications,
    private readonly audit: AuditLog,
    private readonly idempotency: IdempotencyKeys,
  ) {}

  @MessagePattern('subscriptions.accounts.create')
  createAccount(@Payload() { body }: { body: CreateAccountDto }) {
    return this.accounts.create(body);
  }
  @MessagePattern('subscriptions.accounts.get')
  getAccount(@Payload() { accountId }: OfAccount) {
    return this.accounts.get(accountId);
  }
  @MessagePattern('subscriptions.accounts.own')
  getOwnAccount(@Payload() { accountId }: OfAccount) {
    return this.accounts.getOwn(accountId);
  }
  @MessagePattern('subscriptions.accounts.list')
  listAccounts(@Payload() { query }: { query: PageQuery }) {
    return this.accounts.list(query);
  }
  @MessagePattern('subscriptions.accounts.update')
  updateAccount(@Payload() { accountId, body }: OfAccount<{ body: UpdateAccountDto }>) {
    return this.accounts.update(accountId, body);
  }
  @MessagePattern('subscriptions.accounts.delete')
  async deleteAccount(@Payload() { accountId }: OfAccount) {
    await this.accounts.delete(accountId);
    return {};
  }

  @MessagePattern('subscriptions.api_keys.admit')
  admit(@Payload() { key }: { key: string }) {
    return this.keys.admit(key);
  }
  @MessagePattern('subscriptions.api_keys.admit_operator')
  admitOperator() {
    return this.keys.admitOperator();
  }
  @MessagePattern('subscriptions.ping')
  ping() {
    return {};
  }
  @MessagePattern('subscriptions.api_keys.create')
  createKey(@Payload() { accountId, body }: OfAccount<{ body: CreateApiKeyDto }>) {
    return this.keys.create(accountId, body);
  }
  @MessagePattern('subscriptions.api_keys.list')
  listKeys(@Payload() { accountId, query }: OfAccount<{ query: PageQuery }>) {
    return this.keys.list(accountId, query);
  }
  @MessagePattern('subscriptions.api_keys.delete')
  async deleteKey(@Payload() { accountId, keyId }: OfAccount<{ keyId: string }>) {
    await this.keys.delete(accountId, keyId);
    return {};
  }

  @MessagePattern('subscriptions.event_types.list')
  listEventTypes(@Payload() { accountId }: OfAccount) {
    return this.eventTypes.list(accountId);
  }

  @MessagePattern('subscriptions.event_types.create')
  createEventType(@Payload() { accountId, body }: OfAccount<{ body: CreateEventTypeDto }>) {
    return this.eventTypes.create(accountId, body);
  }
  @MessagePattern('subscriptions.event_types.update')
  updateEventType(@Payload() { accountId, name, body }: OfAccount<{ name: string; body: UpdateEventTypeDto }>) {
    return this.eventTypes.update(accountId, name, body);
  }
  @MessagePattern('subscriptions.event_types.delete')
  async deleteEventType(@Payload() { accountId, name }: OfAccount<{ name: string }>) {
    await this.eventTypes.delete(accountId, name);
    return {};
  }

  @MessagePattern('subscriptions.audit_log.list')
  listAuditLog(@Payload() { accountId, query }: OfAccount<{ query: PageQuery }>) {
    return this.audit.list(accountId, query);
  }

  @MessagePattern('subscriptions.idempotency.begin')
  beginOnce(@Payload() { accountId, key, fingerprint }: OfAccount<{ key: string; fingerprint: string }>) {
    return this.idempotency.begin(accountId, key, fingerprint);
  }
  @MessagePattern('subscriptions.idempotency.end')
  async endOnce(@Payload() { run, answer }: { run: Claim & { status: number }; answer: string }) {
    await this.idempotency.end(run, run.status, answer);
    return {};
  }
  @MessagePattern('subscriptions.idempotency.release')
  async releaseOnce(@Payload() { run }: { run: Claim }) {
    await this.idempotency.release(run);
    return {};
  }

  @MessagePattern('subscriptions.notifications.list')
  listNotifications(@Payload() { accountId, query }: OfAccount<{ query: ListNotificationsQuery }>) {
    return this.notifications.list(accountId, query);
  }
  @MessagePattern('subscriptions.notifications.mark_read')
  markNotificationRead(@Payload() { accountId, notificationId }: OfAccount<{ notificationId: string }>) {
    return this.notifications.markRead(accountId, notificationId);
  }

  @MessagePattern('subscriptions.webhooks.create')
  createWebhook(@Payload() { accountId, body }: OfAccount<{ body: CreateWebhookDto }>) {
    return this.webhooks.create(accountId, body);
  }
  @MessagePattern('subscriptions.webhooks.list')
  listWebhooks(@Payload() { accountId, query }: OfAccount<{ query: ListWebhooksQuery }>) {
    return this.webhooks.list(accountId, query);
  }
  @MessagePattern('subscriptions.webhooks.get')
  getWebhook(@Payload() { accountId, webhookId }: OfWebhook) {
    return this.webhooks.get(accountId, webhookId);
  }
  @MessagePattern('subscriptions.webhooks.update')
  updateWebhook(@Payload() { accountId, webhookId, body }: OfWebhook<{ body: UpdateWebhookDto }>) {
    return this.webhooks.update(accountId, webhookId, body);
  }
  @MessagePattern('subscriptions.webhooks.delete')
  async deleteWebhook(@Payload() { accountId, webhookId }: OfWebhook) {
    await this.webhooks.delete(accountId, webhookId);
    return {};
  }
  @MessagePattern('subscriptions.webhooks.pause')
  pauseWebhook(@Payload() { accountId, webhookId }: OfWebhook) {
    return this.webhooks.pause(accountId, webhookId);
  }
  @MessagePattern('subscriptions.webhooks.resume')
  resumeWebhook(@Payload() { accountId, webhookId, body }: OfWebhook<{ body: ResumeWebhookDto }>) {
    return this.webhooks.resume(accountId, webhookId, body);
  }
  @MessagePattern('subscriptions.webhooks.rotate_secret')
  rotateSecret(@Payload() { accountId, webhookId, body }: OfWebhook<{ body: RotateSecretDto }>) {
    return this.webhooks.rotateSecret(accountId, webhookId, body);
  }
  @MessagePattern('subscriptions.webhooks.histories')
  listWebhookHistories(@Payload() { accountId, sinceMs, query }: OfAccount<{ sinceMs: number; query: ExplainEventQuery }>) {
    return this.histories.list(accountId, sinceMs, query);
  }
  @MessagePattern('subscriptions.webhooks.condition')
  getWebhookCondition(@Payload() { accountId, webhookId }: OfWebhook) {
    return this.histories.condition(accountId, webhookId);
  }
  @MessagePattern('subscriptions.webhooks.check_events')
  async checkEvents(@Payload() { accountId, events }: OfAccount<{ events: string[] }>) {
    await this.webhooks.checkEvents(accountId, events);
    return {};
  }
  @MessagePattern('subscriptions.webhooks.test')
  testWebhook(@Payload() { accountId, webhookId, body }: OfWebhook<{ body: TestWebhookDto }>) {
    return this.tests.saved(accountId, webhookId, body);
  }
  @MessagePattern('subscriptions.webhooks.test_unsaved')
  testUnsaved(@Payload() { accountId, body }: OfAccount<{ body: TestUnsavedWebhookDto }>) {
    return this.tests.unsaved(accountId, body);
  }
  @MessagePattern('subscriptions.webhooks.preview')
  previewWebhook(@Payload() { accountId, body }: OfAccount<{ body: PreviewWebhookDto }>) {
    return this.previews.previewed(accountId, body);
  }

  @MessagePattern('subscriptions.inbound_webhooks.create')
  createInboundWebhook(
    @Payload() { accountId, body, publicUrl }: OfAccount<{ body: CreateInboundWebhookDto; publicUrl: string }>,
  ) {
    return this.inboundWebhooks.create(accountId, body, publicUrl);
  }
  @MessagePattern('subscriptions.inbound_webhooks.list')
  listInboundWebhooks(@Payload() { accountId, query, publicUrl }: OfAccount<{ query: PageQuery; publicUrl: string }>) {
    return this.inboundWebhooks.list(accountId, query, publicUrl);
  }
  @MessagePattern('subscriptions.inbound_webhooks.get')
  getInboundWebhook(@Payload() { accountId, inboundWebhookId, publicUrl }: OfInboundWebhook<{ publicUrl: string }>) {
    return this.inboundWebhooks.get(accountId, inboundWebhookId, publicUrl);
  }
  @MessagePattern('subscriptions.inbound_webhooks.update')
  updateInboundWebhook(@Payload() payload: OfInboundWebhook<{ body: UpdateInboundWebhookDto; publicUrl: string }>) {
    return this.inboundWebhooks.update(payload.accountId, payload.inboundWebhookId, payload.body, payload.publicUrl);
  }
  @MessagePattern('subscriptions.inbound_webhooks.delete')
  async deleteInboundWebhook(@Payload() { accountId, inboundWebhookId }: OfInboundWebhook) {
    await this.inboundWebhooks.delete(accountId, inboundWebhookId);
    return {};
  }
}
