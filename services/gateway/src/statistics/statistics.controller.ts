import { AccountStatsView, StatsQuery } from '#libs/api/src/statistics.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers } from '../openapi/describe.js';

@ApiTags('Statistics')
@Needs('deliveries:read')
@Controller('api/v1/stats')
export class StatsController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Answers(200, 'Tells how all webhooks of the account do together, by the hour or day', AccountStatsView)
  getAccountStats(@AccountId() accountId: string, @Query() query: StatsQuery) {
    return this.asker.ask('delivery_log.statistics.account', { accountId, query });
  }
}
