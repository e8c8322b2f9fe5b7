import type { AccountStatsView, WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { getAccountStats, getWebhookStats } from '#libs/contracts/src/calls/statistics';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { AccountStatistics } from './account-statistics.js';
import { WebhookStatistics } from './webhook-statistics.js';

@Controller()
export class StatisticsHandler {
  constructor(
    private readonly webhooks: WebhookStatistics,
    private readonly accounts: AccountStatistics,
  ) {}

  @Answers(getWebhookStats)
  ofWebhook({ accountId, webhookId, query, condition }: PayloadOf<typeof getWebhookStats>): Promise<WebhookStatsView> {
    return this.webhooks.get(accountId, webhookId, query, condition);
  }

  @Answers(getAccountStats)
  ofAccount({ accountId, query }: PayloadOf<typeof getAccountStats>): Promise<AccountStatsView> {
    return this.accounts.get(accountId, query);
  }
}
