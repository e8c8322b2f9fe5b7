import { StatsQuery } from '#libs/api/src/statistics.dto';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
} from '#libs/api/src/webhook.dto';
import { TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import { PreviewWebhookDto } from '#libs/api/src/webhook-preview.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { GatewaySettings } from '../settings.js';
import { previewWebhook } from '../webhook/preview-webhook.js';
import { CHANGE_TIMEOUT_MS, TEST_TIMEOUT_MS } from '../timeouts.js';
import { Answers, AnswersPage, AnswersPreview } from './answers.js';
import { Body, Id, Query } from './request-parts.js';

@Needs('webhooks:write')
@Controller()
export class WebhooksGrpc {
  constructor(
    private readonly asker: Asker,
    private readonly settings: GatewaySettings,
  ) {}

  @GrpcMethod('Webhooks')
  @Answers('webhook')
  createWebhook(@AccountId() accountId: string, @Body() body: CreateWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.create', { accountId, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  @Needs('webhooks:read')
  @AnswersPage('webhooks')
  listWebhooks(@AccountId() accountId: string, @Query() query: ListWebhooksQuery) {
    return this.asker.ask('subscriptions.webhooks.list', { accountId, query });
  }

  @GrpcMethod('Webhooks')
  @Needs('webhooks:read')
  @Answers('webhook')
  getWebhook(@AccountId() accountId: string, @Id() webhookId: string) {
    return this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
  }

  @GrpcMethod('Webhooks')
  @Answers('webhook')
  updateWebhook(@AccountId() accountId: string, @Id() webhookId: string, @Body() body: UpdateWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.update', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  deleteWebhook(@AccountId() accountId: string, @Id() webhookId: string) {
    return this.asker.ask('subscriptions.webhooks.delete', { accountId, webhookId }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  @Answers('webhook')
  pauseWebhook(@AccountId() accountId: string, @Id() webhookId: string) {
    return this.asker.ask('subscriptions.webhooks.pause', { accountId, webhookId }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  @Answers('webhook')
  resumeWebhook(@AccountId() accountId: string, @Id() webhookId: string, @Body() body: ResumeWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.resume', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  @Answers('webhook')
  rotateSecret(@AccountId() accountId: string, @Id() webhookId: string, @Body() body: RotateSecretDto) {
    return this.asker.ask('subscriptions.webhooks.rotate_secret', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  testWebhook(@AccountId() accountId: string, @Id() webhookId: string, @Body() body: TestWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.test', { accountId, webhookId, body }, TEST_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  testUnsavedWebhook(@AccountId() accountId: string, @Body() body: TestUnsavedWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.test_unsaved', { accountId, body }, TEST_TIMEOUT_MS);
  }

  @GrpcMethod('Webhooks')
  @AnswersPreview()
  previewWebhook(@AccountId() accountId: string, @Body() body: PreviewWebhookDto) {
    return previewWebhook(this.asker, accountId, body);
  }

  @GrpcMethod('Webhooks')
  @Needs('deliveries:read')
  async getWebhookStats(@AccountId() accountId: string, @Id() webhookId: string, @Query() query: StatsQuery) {
    const condition = await this.asker.ask('subscriptions.webhooks.condition', { accountId, webhookId });
    return this.asker.ask('delivery_log.statistics.webhook', { accountId, webhookId, query, condition });
  }

  @GrpcMethod('Webhooks')
  @Needs('deliveries:read')
  getAccountStats(@AccountId() accountId: string, @Query() query: StatsQuery) {
    return this.asker.ask('delivery_log.statistics.account', { accountId, query });
  }

  @GrpcMethod('Webhooks')
  @Needs('webhooks:read')
  listIpAddresses() {
    return { ip_addresses: this.settings.ipAddresses };
  }
}
