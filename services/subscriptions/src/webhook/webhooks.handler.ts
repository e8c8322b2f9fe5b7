import type { Page } from '#libs/api/src/page.dto';
import type {
  CreateWebhookDto,
  ListWebhooksQuery,
  ResumeWebhookDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookView,
  WebhookWithSecretView,
} from '#libs/api/src/webhook.dto';
import type { Nothing, OfAccount } from '#libs/contracts/src/calls/call';
import {
  checkEvents,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  pauseWebhook,
  resumeWebhook,
  rotateSecret,
  updateWebhook,
} from '#libs/contracts/src/calls/webhooks';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Webhooks } from './webhooks.js';

type OfWebhook<T = unknown> = OfAccount<{ webhookId: string }> & T;

@Controller()
export class WebhooksHandler {
  constructor(private readonly webhooks: Webhooks) {}

  @Answers(createWebhook)
  create({ accountId, body }: OfAccount<{ body: CreateWebhookDto }>): Promise<WebhookWithSecretView> {
    return this.webhooks.create(accountId, body);
  }

  @Answers(listWebhooks)
  list({ accountId, query }: OfAccount<{ query: ListWebhooksQuery }>): Promise<Page<WebhookView>> {
    return this.webhooks.list(accountId, query);
  }

  @Answers(getWebhook)
  get({ accountId, webhookId }: OfWebhook): Promise<WebhookView> {
    return this.webhooks.get(accountId, webhookId);
  }

  @Answers(updateWebhook)
  update({ accountId, webhookId, body }: OfWebhook<{ body: UpdateWebhookDto }>): Promise<WebhookView> {
    return this.webhooks.update(accountId, webhookId, body);
  }

  @Answers(deleteWebhook)
  async delete({ accountId, webhookId }: OfWebhook): Promise<Nothing> {
    await this.webhooks.delete(accountId, webhookId);
    return {};
  }

  @Answers(pauseWebhook)
  pause({ accountId, webhookId }: OfWebhook): Promise<WebhookView> {
    return this.webhooks.pause(accountId, webhookId);
  }

  @Answers(resumeWebhook)
  resume({ accountId, webhookId, body }: OfWebhook<{ body: ResumeWebhookDto }>): Promise<WebhookView> {
    return this.webhooks.resume(accountId, webhookId, body);
  }

  @Answers(rotateSecret)
  rotateSecret({ accountId, webhookId, body }: OfWebhook<{ body: RotateSecretDto }>): Promise<WebhookWithSecretView> {
    return this.webhooks.rotateSecret(accountId, webhookId, body);
  }

  @Answers(checkEvents)
  async checkEvents({ accountId, events }: OfAccount<{ events: string[] }>): Promise<Nothing> {
    await this.webhooks.checkEvents(accountId, events);
    return {};
  }
}
