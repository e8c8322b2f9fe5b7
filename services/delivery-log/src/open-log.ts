import { openDatabase } from '#libs/postgres/src/database';
import type { DataSource } from 'typeorm';
import { Log1767225600000 } from './migrations/1-log.js';
import type { DeliveryLogSettings } from './settings.js';

/** Opens the log's database and runs its migrations. */
export function openLog(settings: DeliveryLogSettings): Promise<DataSource> {
  return openDatabase({ url: settings.DATABASE_URL, schema: 'delivery_log', migrations: [Log1767225600000] });
}
