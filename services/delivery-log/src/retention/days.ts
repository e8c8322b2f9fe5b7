import { LOG_DAYS_MAX, logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#libs/contracts/src/time';
import { asEveryone } from '#libs/postgres/src/database';
import { rows } from '#libs/postgres/src/rows';
import { every } from '#libs/timing/src/every';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Each has a partition per retention, `deliveries_7`, and that one has a partition per day. */
const TABLES = ['events', 'deliveries', 'attempts', 'decisions', 'rejected_events'];
/** Sums contain no personal data. Every account's stay for the longest retention. */
const SUMS = 'webhook_hours';
const MAINTAIN_EVERY_MS = MINUTE_MS;
/** A drop waits for running queries, and later queries wait for the drop. Give up early and try again later. */
const DROP_LOCK_TIMEOUT_MS = SECOND_MS;

/** Time and retention of a row: they decide its partition. */
export interface Kept {
  logDays: LogDays;
  atMs: number;
}

/** Partitions of the log's tables: made before a row needs them, dropped when their retention is over. */
@Injectable()
export class Days {
  private readonly logger = new Logger(Days.name);
  private readonly made = new Set<string>();
  private cease: () => void = () => undefined;

  constructor(private readonly database: DataSource) {}

  async start(): Promise<void> {
    await this.maintain();
    this.cease = every(
      MAINTAIN_EVERY_MS,
      () => this.maintain(),
      (error) => this.logger.warn(`partitions could not be maintained, trying again: ${(error as Error).message}`),
    );
  }

  stop(): void {
    this.cease();
  }

  /** Makes the partitions that these rows need. Remembers which were made, and makes none for a day that is over. */
  async ensure(needed: Iterable<Kept>): Promise<void> {
    for (const { logDays, atMs } of needed) {
      const day = dayOf(atMs);
      const key = `${logDays} ${day}`;
      if (this.made.has(key) || isOver(logDays, day)) continue;
      for (const table of TABLES) await this.make(`${table}_${logDays}`, day);
      if (logDays === LOG_DAYS_MAX) await this.make(SUMS, day);
      this.made.add(key);
    }
  }

  /**
   * Drops rows whose day is over. A late fact of a delivery that waited past its retention has no partition any more.
   * Neither has an old day that a rebuild reads.
   */
  unexpired<T>(all: T[], keptOf: (row: T) => Kept): T[] {
    return all.filter((row) => {
      const { logDays, atMs } = keptOf(row);
      return !isOver(logDays, dayOf(atMs));
    });
  }

  /** Makes today's and the next two days' partitions for every retention in use, and drops what is over. */
  async maintain(): Promise<void> {
    const today = dayOf(Date.now());
    const days = await this.list();
    const inUse = new Set<LogDays>([LOG_DAYS_MAX, ...days.map(({ logDays }) => logDays)]);
    for (const logDays of inUse)
      await this.ensure([today, today + 1, today + 2].map((day): Kept => ({ logDays, atMs: day * DAY_MS })));
    for (const { name, logDays, day } of days) {
      if (!isOver(logDays, day)) continue;
      await this.drop(name).catch((error: Error) =>
        this.logger.warn(`${name} could not be dropped yet, trying again: ${error.message}`),
      );
    }
    // A replay's deliveries have the longest retention and went with their day.
    await asEveryone(this.database, (manager) =>
      rows(manager, 'DELETE FROM delivery_log.replays WHERE created_at < $1', [new Date((today - LOG_DAYS_MAX) * DAY_MS)]),
    );
  }

  /** Lists the day partitions: `deliveries_7_20261121`, `webhook_hours_20261121`. */
  private async list(): Promise<{ name: string; logDays: LogDays; day: number }[]> {
    const tables = await rows<{ name: string }>(
      this.database,
      `SELECT child.relname AS name FROM pg_inherits
       JOIN pg_class child ON child.oid = inhrelid JOIN pg_namespace space ON space.oid = child.relnamespace
       WHERE space.nspname = 'delivery_log' AND child.relkind = 'r'`,
    );
    return tables.flatMap(({ name }) => {
      const found = /_(?:(\d+)_)?(\d{4})(\d\d)(\d\d)$/.exec(name);
      if (!found) return [];
      const [, logDays, ...date] = found;
      return [{ name, logDays: logDaysIn(logDays), day: dayOf(Date.parse(date.join('-'))) }];
    });
  }

  private async drop(name: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await rows(manager, `SET LOCAL lock_timeout = ${DROP_LOCK_TIMEOUT_MS}`);
      await rows(manager, `DROP TABLE delivery_log.${name}`);
    });
    this.logger.log(`dropped ${name}: its retention is over`);
  }

  private async make(table: string, day: number): Promise<void> {
    const [from, to] = [day, day + 1].map((one) => new Date(one * DAY_MS).toISOString().slice(0, 10));
    await rows(
      this.database,
      `CREATE TABLE IF NOT EXISTS delivery_log.${table}_${from!.replaceAll('-', '')} PARTITION OF delivery_log.${table}
       FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`,
    );
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Whether the whole day is older than the retention. */
function isOver(logDays: LogDays, day: number): boolean {
  return day < dayOf(Date.now()) - logDays;
}
