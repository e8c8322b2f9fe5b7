import { DeliveryView, ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import { PreviewWebhookDto, WebhookPreviewView } from '#libs/api/src/webhook-preview.dto';
import { StatsQuery, WebhookStatsView } from '#libs/api/src/statistics.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';
import { CHANGE_TIMEOUT_MS, TEST_TIMEOUT_MS } from '../timeouts.js';
import { previewWebhook } from './preview-webhook.js';

@ApiTags('Webhooks')
@Needs('webhooks:write')
@Controller('api/v1/webhooks')
export class WebhooksController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Answers(201, 'Creates a webhook', WebhookWithSecretView)
  @Problems('webhook_limit_reached')
  createWebhook(@AccountId() accountId: string, @Body() body: CreateWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.create', { accountId, body }, CHANGE_TIMEOUT_MS);
  }

  @Post('test')
  @HttpCode(200)
  @Answers(200, 'Tries a webhook before it is saved', TestResultsView)
  testUnsavedWebhook(@AccountId() accountId: string, @Body() body: TestUnsavedWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.test_unsaved', { accountId, body }, TEST_TIMEOUT_MS);
  }

  @Post('preview')
  @HttpCode(200)
  @Answers(200, 'Tries events and a filter on a stored event or a sample, and says what each condition does', WebhookPreviewView)
  @Problems('webhook_not_found', 'event_not_found')
  previewWebhook(@AccountId() accountId: string, @Body() body: PreviewWebhookDto) {
    return previewWebhook(this.asker, accountId, body);
  }

  @Get()
  @Needs('webhooks:read')
  @AnswersPage('Lists webhooks, newest first', WebhookView)
  listWebhooks(@AccountId() accountId: string, @Query() query: ListWebhooksQuery) {
    return this.asker.ask('subscriptions.webhooks.list', { accountId, query });
  }

  @Get(':id')
  @Needs('webhooks:read')
  @Answers(200, 'Reads a webhook', WebhookView)
  @Problems('webhook_not_found')
  getWebhook(@AccountId() accountId: string, @Param('id') webhookId: string) {
    return this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
  }

  @Patch(':id')
  @Answers(200, 'Changes a webhook', WebhookView)
  @Problems('webhook_not_found')
  updateWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: UpdateWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.update', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, 'Deletes a webhook; what waits for it is cancelled')
  @Problems('webhook_not_found')
  async deleteWebhook(@AccountId() accountId: string, @Param('id') webhookId: string): Promise<void> {
    await this.asker.ask('subscriptions.webhooks.delete', { accountId, webhookId }, CHANGE_TIMEOUT_MS);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Answers(200, 'Pauses a webhook: its deliveries are held, in order', WebhookView)
  @Problems('webhook_not_found', 'conflict')
  pauseWebhook(@AccountId() accountId: string, @Param('id') webhookId: string) {
    return this.asker.ask('subscriptions.webhooks.pause', { accountId, webhookId }, CHANGE_TIMEOUT_MS);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Answers(200, 'Resumes a webhook: what was held is released, in order', WebhookView)
  @Problems('webhook_not_found')
  resumeWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: ResumeWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.resume', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @Post(':id/secret')
  @HttpCode(200)
  @Answers(200, 'Rotates the signing secret; the old one signs as well during the overlap', WebhookWithSecretView)
  @Problems('webhook_not_found')
  rotateSecret(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: RotateSecretDto) {
    return this.asker.ask('subscriptions.webhooks.rotate_secret', { accountId, webhookId, body }, CHANGE_TIMEOUT_MS);
  }

  @Post(':id/test')
  @HttpCode(200)
  @Answers(200, 'Sends samples to a webhook', TestResultsView)
  @Problems('webhook_not_found')
  testWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: TestWebhookDto) {
    return this.asker.ask('subscriptions.webhooks.test', { accountId, webhookId, body }, TEST_TIMEOUT_MS);
  }

  @Get(':id/stats')
  @Needs('deliveries:read')
  @Answers(200, 'Tells how a webhook does, by the hour or day, and what waits for it', WebhookStatsView)
  @Problems('webhook_not_found')
  async getWebhookStats(@AccountId() accountId: string, @Param('id') webhookId: string, @Query() query: StatsQuery) {
    const condition = await this.asker.ask('subscriptions.webhooks.condition', { accountId, webhookId });
    return this.asker.ask('delivery_log.statistics.webhook', { accountId, webhookId, query, condition });
  }

  @Get(':id/deliveries')
  @Needs('deliveries:read')
  @AnswersPage('Lists the deliveries of a webhook, newest first', DeliveryView)
  @Problems('webhook_not_found')
  async listDeliveries(@AccountId() accountId: string, @Param('id') webhookId: string, @Query() query: ListDeliveriesQuery) {
    // A webhook that is deleted, or another account's, has no log to show.
    await this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
    return this.asker.ask('delivery_log.deliveries.list', { accountId, webhookId, query });
  }
}
