import { openDatabase } from '#libs/postgres/src/database';
import type { DataSource } from 'typeorm';
import { Log1767225600000 } from './migrations/1-log.js';
import { Resent1767225600002 } from './migrations/2-resent.js';
import { RowSecurity1767225600003 } from './migrations/3-row-security.js';
import { Replays1767225600004 } from './migrations/4-replays.js';
import { Decisions1767225600006 } from './migrations/5-decisions.js';
import { Queries1767225600007 } from './migrations/6-queries.js';
import { WebhookHours1767225600009 } from './migrations/7-webhook-hours.js';
import { Erasures1767225600010 } from './migrations/8-erasures.js';
import { LogDays1767225600013 } from './migrations/9-log-days.js';
import type { DeliveryLogSettings } from './settings.js';

/** The log's database, with its migrations. */
export function openLog(settings: DeliveryLogSettings): Promise<DataSource> {
  return openDatabase({
    url: settings.DATABASE_URL,
    schema: 'delivery_log',
    migrations: [
      Log1767225600000,
      Resent1767225600002,
      RowSecurity1767225600003,
      Replays1767225600004,
      Decisions1767225600006,
      Queries1767225600007,
      WebhookHours1767225600009,
      Erasures1767225600010,
      LogDays1767225600013,
    ],
  });
}
