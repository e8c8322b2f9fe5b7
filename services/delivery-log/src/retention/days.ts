import { asEveryone } from '#libs/postgres/src/database';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveryLogSettings } from '../settings.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const TABLES = ['events', 'deliveries', 'attempts', 'decisions', 'webhook_hours', 'rejected_events'] as const;
const MAINTAIN_EVERY_MS = 60_000;
/** A drop waits for queries that read the table, and everything after it waits for the drop: rather later than long. */
const DROP_LOCK_TIMEOUT_MS = 1_000;

/** The days of the partitioned tables: made before a row needs them, dropped when their time is over. */
@Injectable()
export class Days {
  private readonly logger = new Logger(Days.name);
  private readonly made = new Set<number>();
  private timer: NodeJS.Timeout;

  constructor(
    private readonly database: DataSource,
    private readonly settings: DeliveryLogSettings,
  ) {}

  async start(): Promise<void> {
    await this.maintain();
    this.timer = setInterval(() => {
      this.maintain().catch((error: Error) => this.logger.warn(`the days could not be maintained: ${error.message}`));
    }, MAINTAIN_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Makes the days that these times, ms, fall on. Days that were made are remembered. */
  async ensure(timesMs: Iterable<number>): Promise<void> {
    for (const timeMs of timesMs) {
      const day = Math.floor(timeMs / DAY_MS);
      if (this.made.has(day)) continue;
      for (const table of TABLES) await this.make(table, day);
      this.made.add(day);
    }
  }

  /** Today and the next two days, and nothing older than is kept. */
  async maintain(nowMs = Date.now()): Promise<void> {
    await this.ensure([nowMs, nowMs + DAY_MS, nowMs + 2 * DAY_MS]);
    // A day goes when all of it is older than what is kept.
    const oldest = Math.floor(nowMs / DAY_MS) - this.settings.TIDINGS_LOG_DAYS - 1;
    const rows: { name: string }[] = await this.database.query(
      `SELECT child.relname AS name FROM pg_inherits
       JOIN pg_class child ON child.oid = inhrelid JOIN pg_namespace space ON space.oid = child.relnamespace
       WHERE space.nspname = 'delivery_log' AND child.relkind = 'r'`,
    );
    for (const { name } of rows) {
      const date = /_(\d{4})(\d\d)(\d\d)$/.exec(name);
      if (!date || Date.parse(`${date[1]}-${date[2]}-${date[3]}`) / DAY_MS >= oldest) continue;
      await this.drop(name).catch((error: Error) => this.logger.warn(`${name} could not be dropped yet: ${error.message}`));
    }
    // Their deliveries went with their day.
    await asEveryone(this.database, (manager) =>
      manager.query('DELETE FROM delivery_log.replays WHERE created_at < $1', [new Date(oldest * DAY_MS)]),
    );
  }

  private async drop(name: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = ${DROP_LOCK_TIMEOUT_MS}`);
      await manager.query(`DROP TABLE delivery_log.${name}`);
    });
    this.made.clear();
    this.logger.log(`dropped ${name}: its time is over`);
  }

  private async make(table: string, day: number): Promise<void> {
    const [from, to] = [day, day + 1].map((one) => new Date(one * DAY_MS).toISOString().slice(0, 10));
    await this.database.query(
      `CREATE TABLE IF NOT EXISTS delivery_log.${table}_${from!.replaceAll('-', '')} PARTITION OF delivery_log.${table}
       FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
    );
  }
}
