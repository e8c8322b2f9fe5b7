import { PreviewWebhookDto, WebhookPreviewView } from '#libs/api/src/webhook-preview.dto';
import { TestResultsView, TestUnsavedWebhookDto, TestWebhookDto } from '#libs/api/src/webhook-test.dto';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  pauseWebhook,
  previewWebhook,
  resumeWebhook,
  rotateSecret,
  testUnsavedWebhook,
  testWebhook,
  updateWebhook,
} from '#libs/contracts/src/calls/webhooks';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';
import { previewOnEvent } from './preview-webhook.js';

@ApiTags('Webhooks')
@Controller('api/v1/webhooks')
export class WebhookController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Needs(createWebhook)
  @Answers(201, 'Creates a webhook', WebhookWithSecretView)
  @Problems('webhook_limit_reached')
  createWebhook(@AccountId() accountId: string, @Body() body: CreateWebhookDto) {
    return this.asker.ask(createWebhook, { accountId, body });
  }

  @Post('test')
  @Needs(testUnsavedWebhook)
  @HttpCode(200)
  @Answers(200, 'Tries a webhook before it is saved', TestResultsView)
  testUnsavedWebhook(@AccountId() accountId: string, @Body() body: TestUnsavedWebhookDto) {
    return this.asker.ask(testUnsavedWebhook, { accountId, body });
  }

  @Post('preview')
  @Needs(previewWebhook)
  @HttpCode(200)
  @Answers(200, 'Tries events and a filter on a stored event or a sample, and explains each condition', WebhookPreviewView)
  @Problems('webhook_not_found', 'event_not_found')
  previewWebhook(@AccountId() accountId: string, @Body() body: PreviewWebhookDto) {
    return previewOnEvent(this.asker, accountId, body);
  }

  @Get()
  @Needs(listWebhooks)
  @AnswersPage('Lists webhooks, newest first', WebhookView)
  listWebhooks(@AccountId() accountId: string, @Query() query: ListWebhooksQuery) {
    return this.asker.ask(listWebhooks, { accountId, query });
  }

  @Get(':id')
  @Needs(getWebhook)
  @Answers(200, 'Reads a webhook', WebhookView)
  @Problems('webhook_not_found')
  getWebhook(@AccountId() accountId: string, @Param('id') webhookId: string) {
    return this.asker.ask(getWebhook, { accountId, webhookId });
  }

  @Patch(':id')
  @Needs(updateWebhook)
  @Answers(200, 'Changes a webhook', WebhookView)
  @Problems('webhook_not_found')
  updateWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: UpdateWebhookDto) {
    return this.asker.ask(updateWebhook, { accountId, webhookId, body });
  }

  @Delete(':id')
  @Needs(deleteWebhook)
  @HttpCode(204)
  @Answers(204, 'Deletes a webhook and cancels its deliveries that wait')
  @Problems('webhook_not_found')
  async deleteWebhook(@AccountId() accountId: string, @Param('id') webhookId: string): Promise<void> {
    await this.asker.ask(deleteWebhook, { accountId, webhookId });
  }

  @Post(':id/pause')
  @Needs(pauseWebhook)
  @HttpCode(200)
  @Answers(200, 'Pauses a webhook: its deliveries are held, in order', WebhookView)
  @Problems('webhook_not_found', 'conflict')
  pauseWebhook(@AccountId() accountId: string, @Param('id') webhookId: string) {
    return this.asker.ask(pauseWebhook, { accountId, webhookId });
  }

  @Post(':id/resume')
  @Needs(resumeWebhook)
  @HttpCode(200)
  @Answers(200, 'Resumes a webhook: held deliveries are released, in order', WebhookView)
  @Problems('webhook_not_found')
  resumeWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: ResumeWebhookDto) {
    return this.asker.ask(resumeWebhook, { accountId, webhookId, body });
  }

  @Post(':id/secret')
  @Needs(rotateSecret)
  @HttpCode(200)
  @Answers(200, 'Rotates the signing secret; both secrets sign during the overlap', WebhookWithSecretView)
  @Problems('webhook_not_found')
  rotateSecret(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: RotateSecretDto) {
    return this.asker.ask(rotateSecret, { accountId, webhookId, body });
  }

  @Post(':id/test')
  @Needs(testWebhook)
  @HttpCode(200)
  @Answers(200, 'Sends samples to a webhook', TestResultsView)
  @Problems('webhook_not_found')
  testWebhook(@AccountId() accountId: string, @Param('id') webhookId: string, @Body() body: TestWebhookDto) {
    return this.asker.ask(testWebhook, { accountId, webhookId, body });
  }
}
