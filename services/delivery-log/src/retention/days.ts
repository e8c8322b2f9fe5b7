import { LOG_DAYS_MAX, logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { asEveryone } from '#libs/postgres/src/database';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Each has a table for each number of days that a row may stay, `deliveries_7`, and that one a partition for each day. */
const TABLES = ['events', 'deliveries', 'attempts', 'decisions', 'rejected_events'];
/** Sums, in which nobody's data is: of all accounts they stay for the most days. */
const SUMS = 'webhook_hours';
const MAINTAIN_EVERY_MS = 60_000;
/** A drop waits for queries that read the table, and everything after it waits for the drop: rather later than long. */
const DROP_LOCK_TIMEOUT_MS = 1_000;

/** A row's time, and for how many days it stays. */
export interface Kept {
  logDays: LogDays;
  atMs: number;
}

/** The days of the partitioned tables: made before a row needs them, dropped when their time is over. */
@Injectable()
export class Days {
  private readonly logger = new Logger(Days.name);
  private readonly made = new Set<string>();
  private timer: NodeJS.Timeout;

  constructor(private readonly database: DataSource) {}

  async start(): Promise<void> {
    await this.maintain();
    this.timer = setInterval(() => {
      this.maintain().catch((error: Error) => this.logger.warn(`the days could not be maintained: ${error.message}`));
    }, MAINTAIN_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Makes the days that these rows need. Days that were made are remembered, those that are over are not made again. */
  async ensure(rows: Iterable<Kept>): Promise<void> {
    for (const { logDays, atMs } of rows) {
      const day = dayOf(atMs);
      const key = `${logDays} ${day}`;
      if (this.made.has(key) || isOver(logDays, day)) continue;
      for (const table of TABLES) await this.make(`${table}_${logDays}`, day);
      if (logDays === LOG_DAYS_MAX) await this.make(SUMS, day);
      this.made.add(key);
    }
  }

  /**
   * Those of the rows whose day is not over. What is told late, of a delivery that waited for longer than its log is kept, and what a
   * rebuild reads of days that were dropped, has no place any more.
   */
  unexpired<T>(rows: T[], keptOf: (row: T) => Kept): T[] {
    return rows.filter((row) => {
      const { logDays, atMs } = keptOf(row);
      return !isOver(logDays, dayOf(atMs));
    });
  }

  /** Today and the next two days of whatever numbers of days are in use, and nothing older than is kept. */
  async maintain(): Promise<void> {
    const today = dayOf(Date.now());
    const days = await this.list();
    const inUse = new Set<LogDays>([LOG_DAYS_MAX, ...days.map(({ logDays }) => logDays)]);
    for (const logDays of inUse)
      await this.ensure([today, today + 1, today + 2].map((day): Kept => ({ logDays, atMs: day * DAY_MS })));
    for (const { name, logDays, day } of days) {
      if (!isOver(logDays, day)) continue;
      await this.drop(name).catch((error: Error) => this.logger.warn(`${name} could not be dropped yet: ${error.message}`));
    }
    // Their deliveries, which stay for the most days, went with their day.
    await asEveryone(this.database, (manager) =>
      manager.query('DELETE FROM delivery_log.replays WHERE created_at < $1', [new Date((today - LOG_DAYS_MAX) * DAY_MS)]),
    );
  }

  /** The days that there are, `deliveries_7_20261121`, `webhook_hours_20261121`. */
  private async list(): Promise<{ name: string; logDays: LogDays; day: number }[]> {
    const rows: { name: string }[] = await this.database.query(
      `SELECT child.relname AS name FROM pg_inherits
       JOIN pg_class child ON child.oid = inhrelid JOIN pg_namespace space ON space.oid = child.relnamespace
       WHERE space.nspname = 'delivery_log' AND child.relkind = 'r'`,
    );
    return rows.flatMap(({ name }) => {
      const found = /_(?:(\d+)_)?(\d{4})(\d\d)(\d\d)$/.exec(name);
      if (!found) return [];
      const [, logDays, ...date] = found;
      return [{ name, logDays: logDaysIn(logDays), day: dayOf(Date.parse(date.join('-'))) }];
    });
  }

  private async drop(name: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = ${DROP_LOCK_TIMEOUT_MS}`);
      await manager.query(`DROP TABLE delivery_log.${name}`);
    });
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

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** All of the day is older than its rows are kept. */
function isOver(logDays: LogDays, day: number): boolean {
  return day < dayOf(Date.now()) - logDays;
}
