import type { ExplainEventQuery } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { OfAccount } from '#libs/contracts/src/calls/call';
import { getWebhookCondition, listWebhookHistories } from '#libs/contracts/src/calls/webhooks';
import type { WebhookCondition, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { WebhookHistories } from './webhook-histories.js';

@Controller()
export class WebhookHistoriesHandler {
  constructor(private readonly histories: WebhookHistories) {}

  @Answers(listWebhookHistories)
  list({ accountId, sinceMs, query }: OfAccount<{ sinceMs: number; query: ExplainEventQuery }>): Promise<Page<WebhookHistory>> {
    return this.histories.list(accountId, sinceMs, query);
  }

  @Answers(getWebhookCondition)
  condition({ accountId, webhookId }: OfAccount<{ webhookId: string }>): Promise<WebhookCondition> {
    return this.histories.condition(accountId, webhookId);
  }
}
