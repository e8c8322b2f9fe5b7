import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { CreateAccountDto, type AccountView, type CreatedAccountView } from '#libs/api/src/account.dto';
import { CreateApiKeyDto, type CreatedApiKeyView, type Scope } from '#libs/api/src/api-key.dto';
import { ListDeliveriesQuery, type DeliveryDetailView, type DeliveryView } from '#libs/api/src/delivery.dto';
import type { EventView } from '#libs/api/src/event.dto';
import type { EventTypeView } from '#libs/api/src/event-type.dto';
import { ListNotificationsQuery, type NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import { WebhookStatsQuery, type WebhookStatsView } from '#libs/api/src/statistics.dto';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  TestWebhookDto,
  UpdateWebhookDto,
  type TestResultsView,
  type WebhookView,
  type WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Problem } from '#libs/problem/src/problem';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { askByHand } from '../http/ask-by-hand.js';
import { publishEvents } from '../http/publish-events.js';
import { Doorkeeper } from '../keys/doorkeeper.js';
import { validated } from '../validation/validated.js';
import { body, message } from './message.js';

// Not called Request: the decorators' metadata would name the global class of that name, and the pipe would take it for a DTO.
type Message = Record<string, unknown>;
type Call = ServerUnaryCall<unknown, unknown>;

const ASK_TIMEOUT_MS = 4_000;
const TEST_TIMEOUT_MS = 65_000;

/** The management API over gRPC: the same DTOs, the same services behind them, the same problems. */
@Controller()
export class GrpcController {
  constructor(
    private readonly asker: Asker,
    private readonly doorkeeper: Doorkeeper,
  ) {}

  @GrpcMethod('Accounts', 'CreateAccount')
  async createAccount(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'operator');
    const { api_key, ...account } = await ask<CreatedAccountView>('subscriptions.accounts.create', {
      body: validated(CreateAccountDto, body(request)),
    });
    return { account: message(account), api_key };
  }
  @GrpcMethod('Accounts', 'GetAccount')
  async getAccount(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'operator');
    return { account: message(await ask<AccountView>('subscriptions.accounts.get', { accountId: idIn(request) })) };
  }
  @GrpcMethod('Accounts', 'DeleteAccount')
  async deleteAccount(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'operator');
    return ask<object>('subscriptions.accounts.delete', { accountId: idIn(request) });
  }

  @GrpcMethod('ApiKeys', 'CreateApiKey')
  async createApiKey(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'keys:write');
    const { key, ...view } = await ask<CreatedApiKeyView>('subscriptions.api_keys.create', {
      body: validated(CreateApiKeyDto, body(request)),
    });
    return { api_key: message(view), key };
  }
  @GrpcMethod('ApiKeys', 'DeleteApiKey')
  async deleteApiKey(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'keys:write');
    return ask<object>('subscriptions.api_keys.delete', { keyId: idIn(request) });
  }

  @GrpcMethod('EventTypes', 'ListEventTypes')
  async listEventTypes(_request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'events:read');
    const { data } = await ask<Page<EventTypeView>>('subscriptions.event_types.list', {});
    return { event_types: data.map((type) => message(type, ['schema', 'sample'])) };
  }

  @GrpcMethod('Webhooks', 'CreateWebhook')
  async createWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    return withSecret(
      await ask<WebhookWithSecretView>('subscriptions.webhooks.create', {
        body: validated(CreateWebhookDto, body(request, ['filter'])),
      }),
    );
  }
  @GrpcMethod('Webhooks', 'GetWebhook')
  async getWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:read');
    return webhook(await ask<WebhookView>('subscriptions.webhooks.get', { webhookId: idIn(request) }));
  }
  @GrpcMethod('Webhooks', 'ListWebhooks')
  async listWebhooks(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:read');
    const page = await ask<Page<WebhookView>>('subscriptions.webhooks.list', {
      query: validated(ListWebhooksQuery, body(request)),
    });
    return message({ webhooks: page.data.map((view) => webhook(view).webhook), next_cursor: page.next_cursor });
  }
  @GrpcMethod('Webhooks', 'UpdateWebhook')
  async updateWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    const { id: _id, ...rest } = request;
    const payload = { webhookId: idIn(request), body: validated(UpdateWebhookDto, body(rest, ['filter'])) };
    return webhook(await ask<WebhookView>('subscriptions.webhooks.update', payload));
  }
  @GrpcMethod('Webhooks', 'DeleteWebhook')
  async deleteWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    return ask<object>('subscriptions.webhooks.delete', { webhookId: idIn(request) });
  }
  @GrpcMethod('Webhooks', 'PauseWebhook')
  async pauseWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    return webhook(await ask<WebhookView>('subscriptions.webhooks.pause', { webhookId: idIn(request) }));
  }
  @GrpcMethod('Webhooks', 'ResumeWebhook')
  async resumeWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    const { id: _id, ...rest } = request;
    return webhook(
      await ask<WebhookView>('subscriptions.webhooks.resume', {
        webhookId: idIn(request),
        body: validated(ResumeWebhookDto, body(rest)),
      }),
    );
  }
  @GrpcMethod('Webhooks', 'RotateSecret')
  async rotateSecret(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    const { id: _id, ...rest } = request;
    const payload = { webhookId: idIn(request), body: validated(RotateSecretDto, body(rest)) };
    return withSecret(await ask<WebhookWithSecretView>('subscriptions.webhooks.rotate_secret', payload));
  }
  @GrpcMethod('Webhooks', 'TestWebhook')
  async testWebhook(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write', TEST_TIMEOUT_MS);
    const { id: _id, ...rest } = request;
    const { results } = await ask<TestResultsView>('subscriptions.webhooks.test', {
      webhookId: idIn(request),
      body: validated(TestWebhookDto, body(rest)),
    });
    return { results: results.map((result) => message(result)) };
  }

  @GrpcMethod('Events', 'PublishEvent')
  async publishEvent(request: Message, metadata: Metadata, call: Call) {
    const { accountId } = await this.caller(metadata, 'events:write');
    const { data_json: data = '{}', ...rest } = request;
    const head = JSON.stringify(body(rest)).slice(0, -1);
    // Spliced in as text: the bytes of the data stay what they are.
    const text = `${head}${head === '{' ? '' : ','}"data":${String(data)}}`;
    return publishEvents(this.asker, accountId, text, call.metadata.get('traceparent')[0]);
  }
  @GrpcMethod('Events', 'GetEvent')
  async getEvent(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'events:read');
    return message(await ask<EventView>('delivery_log.events.get', { eventId: idIn(request) }), ['data']);
  }

  @GrpcMethod('Deliveries', 'ListDeliveries')
  async listDeliveries(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'deliveries:read');
    const { webhook_id: _id, ...rest } = request;
    const webhookId = idIn(request, 'webhook_id');
    await ask('subscriptions.webhooks.get', { webhookId });
    const page = await ask<Page<DeliveryView>>('delivery_log.deliveries.list', {
      webhookId,
      query: validated(ListDeliveriesQuery, body(rest)),
    });
    return message({ deliveries: page.data.map((view) => message(view)), next_cursor: page.next_cursor });
  }
  @GrpcMethod('Deliveries', 'GetDelivery')
  async getDelivery(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'deliveries:read');
    const { reason, payload, request_headers, attempts, ...delivery } = await ask<DeliveryDetailView>(
      'delivery_log.deliveries.get',
      { deliveryId: idIn(request) },
    );
    return message({
      delivery: message(delivery),
      reason,
      payload,
      request_headers,
      attempts: attempts.map((attempt) => message(attempt)),
    });
  }

  @GrpcMethod('Deliveries', 'RetryDelivery')
  async retryDelivery(request: Message, metadata: Metadata) {
    const { accountId } = await this.caller(metadata, 'deliveries:write');
    return { delivery: message(await askByHand(this.asker, accountId, idIn(request), 'retry')) };
  }
  @GrpcMethod('Deliveries', 'CancelDelivery')
  async cancelDelivery(request: Message, metadata: Metadata) {
    const { accountId } = await this.caller(metadata, 'deliveries:write');
    return { delivery: message(await askByHand(this.asker, accountId, idIn(request), 'cancel')) };
  }

  @GrpcMethod('Webhooks', 'GetWebhookStats')
  async getWebhookStats(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'deliveries:read');
    const { id: _id, ...rest } = request;
    const webhookId = idIn(request);
    await ask('subscriptions.webhooks.get', { webhookId });
    const query = validated(WebhookStatsQuery, body(rest));
    return message(await ask<WebhookStatsView>('delivery_log.statistics.webhook', { webhookId, query }));
  }

  @GrpcMethod('Notifications', 'ListNotifications')
  async listNotifications(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:read');
    const page = await ask<Page<NotificationView>>('subscriptions.notifications.list', {
      query: validated(ListNotificationsQuery, body(request)),
    });
    return message({ notifications: page.data.map((view) => message(view)), next_cursor: page.next_cursor });
  }
  @GrpcMethod('Notifications', 'MarkNotificationRead')
  async markNotificationRead(request: Message, metadata: Metadata, call: Call) {
    const ask = await this.admit(metadata, call, 'webhooks:write');
    const view = await ask<NotificationView>('subscriptions.notifications.mark_read', { notificationId: idIn(request) });
    return { notification: message(view) };
  }

  private async caller(metadata: Metadata, needs: Scope | 'operator') {
    const caller = await this.doorkeeper.identify(String(metadata.get('authorization')[0] ?? ''), () => undefined);
    this.doorkeeper.allow(caller, needs);
    return caller;
  }

  /** Admits the caller; returns how to ask on its behalf, within the call's deadline. */
  private async admit(metadata: Metadata, call: Call, needs: Scope | 'operator', timeoutMs = ASK_TIMEOUT_MS) {
    const { accountId, keyId } = await this.caller(metadata, needs);
    const leftMs = Number(call.getDeadline()) - Date.now();
    return <T>(pattern: string, payload: object): Promise<T> =>
      this.asker.ask<T>(pattern, { accountId, actor: keyId, ...payload }, Math.max(1, Math.min(timeoutMs, leftMs)));
  }
}

function webhook(view: WebhookView): { webhook: Message } {
  return { webhook: { ...message(view, ['filter']), retry_policy: message(view.retry_policy) } };
}

function withSecret({ secret, ...view }: WebhookWithSecretView): { webhook: Message; secret: string } {
  return { ...webhook(view), secret };
}

function idIn(request: Message, field = 'id'): string {
  const id = request[field];
  if (typeof id === 'string' && ID_PATTERN.test(id)) return id;
  throw new Problem('not_found', 'There is nothing of this id.');
}
