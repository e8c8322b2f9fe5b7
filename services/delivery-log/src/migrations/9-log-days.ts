import { LOG_DAYS } from '#libs/contracts/src/log-days';
import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TIMES = {
  events: 'stored_at',
  deliveries: 'created_at',
  attempts: 'at',
  decisions: 'at',
  rejected_events: 'received_at',
} as const;
const TABLES = Object.keys(TIMES) as (keyof typeof TIMES)[];

/**
 * How long a row stays is its account's choice, made when its event was accepted: each table is partitioned by that number of days
 * first, then by day, so that a day is still dropped whole. A table cannot be partitioned otherwise than it was made, so all are made
 * again, empty, and the positions go back to the beginning: the projection reads everything again from the streams.
 */
export class LogDays1767225600013 implements MigrationInterface {
  name = 'LogDays1767225600013';

  async up(runner: QueryRunner): Promise<void> {
    await empty(runner);
    await createTables(runner, {
      column: 'log_days smallint NOT NULL DEFAULT 30,',
      key: ', log_days',
      partitions: () => 'LIST (log_days)',
    });
    for (const table of TABLES) {
      for (const days of LOG_DAYS)
        await runner.query(
          `CREATE TABLE delivery_log.${table}_${days} PARTITION OF delivery_log.${table}
           FOR VALUES IN (${days}) PARTITION BY RANGE (${TIMES[table]})`,
        );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await empty(runner);
    await createTables(runner, { column: '', key: '', partitions: (table) => `RANGE (${TIMES[table]})` });
  }
}

/** As a rebuild does: it waits for a batch that is being written, and the next one waits for us. */
async function empty(runner: QueryRunner): Promise<void> {
  await runner.query('LOCK TABLE delivery_log.positions IN EXCLUSIVE MODE');
  await runner.query(`DROP TABLE ${TABLES.map((table) => `delivery_log.${table}`).join(', ')}`);
  await runner.query('TRUNCATE delivery_log.webhook_hours');
  await runner.query('UPDATE delivery_log.positions SET seq = 0');
}

interface Form {
  column: string;
  /** What primary keys end with. */
  key: string;
  partitions: (table: keyof typeof TIMES) => string;
}

/** As the migrations before this one have left them: why each column and index is there, they say. */
async function createTables(runner: QueryRunner, { column, key, partitions }: Form): Promise<void> {
  await runner.query(`
    CREATE TABLE delivery_log.events (
      account_id text NOT NULL,
      id text NOT NULL,
      seq bigint NOT NULL,
      type text NOT NULL,
      key text,
      occurred_at text NOT NULL,
      stored_at timestamptz(3) NOT NULL,
      ${column}
      data bytea NOT NULL,
      warnings text,
      answer_key bytea,
      erased_at timestamptz(3),
      PRIMARY KEY (seq, stored_at${key})
    ) PARTITION BY ${partitions('events')}`);
  await runner.query(`
    CREATE TABLE delivery_log.deliveries (
      created_at timestamptz(3) NOT NULL,
      id text NOT NULL,
      account_id text NOT NULL,
      webhook_id text NOT NULL,
      event_id text NOT NULL,
      event_type text NOT NULL,
      event_seq bigint NOT NULL,
      status text NOT NULL,
      reason text,
      attempts smallint NOT NULL,
      response_code smallint,
      response_time_ms integer,
      next_attempt_at timestamptz(3),
      waiting_seq bigint,
      updated_at timestamptz(3) NOT NULL,
      is_test boolean NOT NULL,
      replay_id text,
      recipe text,
      test_event text,
      is_manual boolean NOT NULL,
      ${column}
      PRIMARY KEY (id, created_at${key})
    ) PARTITION BY ${partitions('deliveries')}`);
  await runner.query(`
    CREATE TABLE delivery_log.attempts (
      at timestamptz(3) NOT NULL,
      fact_id text NOT NULL,
      delivery_id text NOT NULL,
      account_id text NOT NULL,
      number smallint NOT NULL,
      trigger text NOT NULL,
      status_code smallint,
      error text,
      response_time_ms integer NOT NULL,
      next_attempt_at timestamptz(3),
      answer bytea,
      request_headers text NOT NULL,
      url text NOT NULL,
      method text NOT NULL,
      ${column}
      PRIMARY KEY (delivery_id, at, fact_id${key})
    ) PARTITION BY ${partitions('attempts')}`);
  await runner.query(`
    CREATE TABLE delivery_log.decisions (
      at timestamptz(3) NOT NULL,
      delivery_id text NOT NULL,
      account_id text NOT NULL,
      kind text NOT NULL,
      reason text,
      number integer,
      is_manual boolean NOT NULL,
      ${column}
      PRIMARY KEY (delivery_id, at, kind${key})
    ) PARTITION BY ${partitions('decisions')}`);
  await runner.query(`
    CREATE TABLE delivery_log.rejected_events (
      received_at timestamptz(3) NOT NULL,
      id text NOT NULL,
      account_id text NOT NULL,
      code text NOT NULL,
      reason text NOT NULL,
      source text NOT NULL,
      event_id text,
      event_type text,
      body bytea NOT NULL,
      resent_as text,
      resent_at timestamptz(3),
      seq bigint NOT NULL,
      erased_at timestamptz(3),
      ${column}
      PRIMARY KEY (received_at, id${key})
    ) PARTITION BY ${partitions('rejected_events')}`);
  for (const index of [
    'events_by_id ON delivery_log.events (account_id, id)',
    'events_by_key ON delivery_log.events (account_id, key) WHERE key IS NOT NULL',
    'events_by_time ON delivery_log.events (account_id, stored_at, seq)',
    'deliveries_by_webhook ON delivery_log.deliveries (account_id, webhook_id, created_at DESC, id DESC)',
    'deliveries_by_event ON delivery_log.deliveries (account_id, event_id)',
    'deliveries_by_replay ON delivery_log.deliveries (replay_id) WHERE replay_id IS NOT NULL',
    'deliveries_by_type ON delivery_log.deliveries (account_id, webhook_id, event_type, created_at DESC, id DESC)',
    `deliveries_unsuccessful ON delivery_log.deliveries (account_id, webhook_id, status, created_at DESC, id DESC)
       WHERE status <> 'success'`,
    'rejected_by_account ON delivery_log.rejected_events (account_id, received_at DESC, id DESC)',
    'rejected_by_event ON delivery_log.rejected_events (account_id, event_id) WHERE event_id IS NOT NULL',
  ])
    await runner.query(`CREATE INDEX ${index}`);
  for (const table of TABLES) await isolateAccounts(runner, `delivery_log.${table}`);
}
