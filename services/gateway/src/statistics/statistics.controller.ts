import { AccountStatsView, StatsQuery, WebhookStatsView } from '#libs/api/src/statistics.dto';
import { getAccountStats, getWebhookStats } from '#libs/contracts/src/calls/statistics';
import { getWebhookCondition } from '#libs/contracts/src/calls/webhooks';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, Problems } from '../route/describe.js';

@ApiTags('Statistics')
@Controller('api/v1')
export class StatisticsController {
  constructor(private readonly asker: Asker) {}

  @Get('stats')
  @Needs(getAccountStats)
  @Answers(200, "Counts the deliveries of all the account's webhooks, by hour or day", AccountStatsView)
  getAccountStats(@AccountId() accountId: string, @Query() query: StatsQuery) {
    return this.asker.ask(getAccountStats, { accountId, query });
  }

  @Get('webhooks/:id/stats')
  @Needs(getWebhookStats)
  @Answers(200, "Counts a webhook's deliveries by hour or day, and those that wait; says how its receiver does", WebhookStatsView)
  @Problems('webhook_not_found')
  async getWebhookStats(@AccountId() accountId: string, @Param('id') webhookId: string, @Query() query: StatsQuery) {
    const condition = await this.asker.ask(getWebhookCondition, { accountId, webhookId });
    return this.asker.ask(getWebhookStats, { accountId, webhookId, query, condition });
  }
}
