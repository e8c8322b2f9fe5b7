import type { AccountStatsView, StatsQuery } from '#libs/api/src/statistics.dto';
import { asAccount } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WHOLE_ACCOUNT } from '../hours/hour-counts.js';
import { hoursOf } from '../hours/read-hours.js';
import { countsView, rangeOf, seriesOf, totalOf } from './series.js';

/** Statistics of all webhooks of an account together. */
@Injectable()
export class AccountStatistics {
  constructor(private readonly database: DataSource) {}

  async get(accountId: string, query: StatsQuery): Promise<AccountStatsView> {
    const range = rangeOf(query, Date.now());
    const hours = await asAccount(this.database, accountId, (manager) =>
      hoursOf(manager, accountId, WHOLE_ACCOUNT, range.fromMs, range.toMs),
    );
    return {
      since: new Date(range.sinceMs).toISOString(),
      until: new Date(range.untilMs).toISOString(),
      ...countsView(totalOf(hours)),
      series: seriesOf(hours, range),
    };
  }
}
