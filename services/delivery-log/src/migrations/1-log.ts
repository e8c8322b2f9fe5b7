import { LOG_DAYS } from '#libs/contracts/src/log-days';
import { isolateAccounts } from '#libs/postgres/src/row-security';
import { rows, type Sql } from '#libs/postgres/src/rows';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Time column of each table with a retention. */
const TIME_COLUMNS = {
  events: 'stored_at',
  rejected_events: 'received_at',
  deliveries: 'created_at',
  attempts: 'at',
  decisions: 'at',
} as const;

/**
 * Makes the log's tables. Tables with a retention are partitioned by it first, because it is the account's choice, then by day. A day
 * is dropped whole when its retention is over, never row by row. The projection makes the days that it needs.
 *
 * Each primary key begins with the columns that rows are looked up by, so it needs no second index. JSON that nobody searches is
 * text, which costs nothing to write.
 */
export class Log1767225600000 implements MigrationInterface {
  name = 'Log1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    await createPositions(runner);
    await createEvents(runner);
    await createRejectedEvents(runner);
    await createDeliveries(runner);
    await createAttempts(runner);
    await createDecisions(runner);
    for (const [table, column] of Object.entries(TIME_COLUMNS)) {
      for (const days of LOG_DAYS) {
        await rows(
          runner,
          `CREATE TABLE delivery_log.${table}_${days} PARTITION OF delivery_log.${table}
           FOR VALUES IN (${days}) PARTITION BY RANGE (${column})`,
        );
      }
    }
    await createWebhookHours(runner);
    await createReplays(runner);
    await createErasures(runner);
    for (const table of [...Object.keys(TIME_COLUMNS), 'webhook_hours', 'replays', 'erasures'])
      await isolateAccounts(runner, `delivery_log.${table}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = [...Object.keys(TIME_COLUMNS), 'webhook_hours', 'replays', 'erasures', 'positions'];
    await rows(runner, `DROP TABLE ${tables.map((table) => `delivery_log.${table}`).join(', ')}`);
  }
}

/** A position is written in the transaction of its rows: the tables contain exactly what was read. */
async function createPositions(sql: Sql): Promise<void> {
  await rows(sql, 'CREATE TABLE delivery_log.positions (stream text PRIMARY KEY, seq bigint NOT NULL)');
  await rows(sql, `INSERT INTO delivery_log.positions VALUES ('EVENTS', 0), ('REJECTED', 0), ('FACTS', 0), ('ERASED', 0)`);
}

/**
 * One payload per event, however many deliveries it has. It is bytea, because the signature covers the order of its bytes. The row of
 * an erased event stays, without data, record key, warnings and answer key. Receivers' answers are sealed with the answer key.
 */
async function createEvents(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.events (
       account_id text NOT NULL,
       id text NOT NULL,
       seq bigint NOT NULL,
       type text NOT NULL,
       key text,
       occurred_at text NOT NULL,
       stored_at timestamptz(3) NOT NULL,
       log_days smallint NOT NULL DEFAULT 30,
       data bytea NOT NULL,
       warnings text,
       answer_key bytea,
       erased_at timestamptz(3),
       PRIMARY KEY (seq, stored_at, log_days)
     ) PARTITION BY LIST (log_days)`,
  );
  await index(sql, 'events_by_id ON delivery_log.events (account_id, id)');
  await index(sql, 'events_by_key ON delivery_log.events (account_id, key) WHERE key IS NOT NULL');
  // A replay reads an account's events in the order of their times.
  await index(sql, 'events_by_time ON delivery_log.events (account_id, stored_at, seq)');
}

/** The row of an erased rejected event stays, without body and reason. */
async function createRejectedEvents(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.rejected_events (
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
       log_days smallint NOT NULL DEFAULT 30,
       PRIMARY KEY (received_at, id, log_days)
     ) PARTITION BY LIST (log_days)`,
  );
  await index(sql, 'rejected_by_account ON delivery_log.rejected_events (account_id, received_at DESC, id DESC)');
  await index(sql, 'rejected_by_event ON delivery_log.rejected_events (account_id, event_id) WHERE event_id IS NOT NULL');
}

/** The last state of each delivery. A test on the plan of its query proves each index. */
async function createDeliveries(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.deliveries (
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
       log_days smallint NOT NULL DEFAULT 30,
       PRIMARY KEY (id, created_at, log_days)
     ) PARTITION BY LIST (log_days)`,
  );
  await index(sql, 'deliveries_by_webhook ON delivery_log.deliveries (account_id, webhook_id, created_at DESC, id DESC)');
  await index(sql, 'deliveries_by_event ON delivery_log.deliveries (account_id, event_id)');
  // Counts a replay's deliveries. Other deliveries have no entry.
  await index(sql, 'deliveries_by_replay ON delivery_log.deliveries (replay_id) WHERE replay_id IS NOT NULL');
  await index(
    sql,
    'deliveries_by_type ON delivery_log.deliveries (account_id, webhook_id, event_type, created_at DESC, id DESC)',
  );
  // Most deliveries succeed soon, and have an entry only until then.
  await index(
    sql,
    `deliveries_unsuccessful ON delivery_log.deliveries (account_id, webhook_id, status, created_at DESC, id DESC)
     WHERE status <> 'success'`,
  );
}

async function createAttempts(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.attempts (
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
       is_resent boolean NOT NULL DEFAULT false,
       log_days smallint NOT NULL DEFAULT 30,
       PRIMARY KEY (delivery_id, at, fact_id, log_days)
     ) PARTITION BY LIST (log_days)`,
  );
}

/** Decisions without an attempt, for the explanation of a delivery. A delivery that succeeds at once has none. */
async function createDecisions(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.decisions (
       at timestamptz(3) NOT NULL,
       delivery_id text NOT NULL,
       account_id text NOT NULL,
       kind text NOT NULL,
       reason text,
       number integer,
       is_manual boolean NOT NULL,
       log_days smallint NOT NULL DEFAULT 30,
       PRIMARY KEY (delivery_id, at, kind, log_days)
     ) PARTITION BY LIST (log_days)`,
  );
}

/**
 * Facts of each webhook added up by the hour, so that statistics read one row instead of a million deliveries. The rows of a whole
 * account have an empty `webhook_id`: adding up a thousand webhooks would take too long.
 *
 * `response_times` has the buckets of hours/histogram.ts. The failure columns describe the run of failures at the end of the hour.
 */
async function createWebhookHours(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.webhook_hours (
       account_id text NOT NULL,
       webhook_id text NOT NULL,
       hour timestamptz(3) NOT NULL,
       succeeded integer NOT NULL,
       failed integer NOT NULL,
       cancelled integer NOT NULL,
       attempts integer NOT NULL,
       attempts_failed integer NOT NULL,
       response_times integer[] NOT NULL,
       last_success_at timestamptz(3),
       failing_since timestamptz(3),
       last_failure_at timestamptz(3),
       failing_with text,
       is_mixed boolean NOT NULL,
       PRIMARY KEY (account_id, webhook_id, hour)
     ) PARTITION BY RANGE (hour)`,
  );
}

/**
 * Replays. A request fixes the events of a replay by their times and the last sequence of that moment. The replay begins when the log
 * has read EVENTS and FACTS that far. An open turn (`is_open`) may have published deliveries that `sent` does not count yet. The
 * turn is lost at `next_turn_at`; the next one, in any process, finds those deliveries.
 */
async function createReplays(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.replays (
       id text PRIMARY KEY,
       account_id text NOT NULL,
       webhook_id text NOT NULL,
       created_at timestamptz(3) NOT NULL,
       created_by text NOT NULL,
       since timestamptz(3) NOT NULL,
       until timestamptz(3) NOT NULL,
       statuses text[],
       events text[] NOT NULL,
       rate_per_second double precision,
       events_seq bigint NOT NULL,
       facts_seq bigint NOT NULL,
       total integer NOT NULL,
       sent integer NOT NULL DEFAULT 0,
       skipped integer NOT NULL DEFAULT 0,
       position_at timestamptz(3) NOT NULL,
       position_seq bigint NOT NULL DEFAULT 0,
       turn integer NOT NULL DEFAULT 0,
       is_open boolean NOT NULL DEFAULT false,
       next_turn_at timestamptz NOT NULL DEFAULT now(),
       status text NOT NULL DEFAULT 'running',
       reason text,
       cancelled_by text,
       updated_at timestamptz(3) NOT NULL DEFAULT now(),
       finished_at timestamptz(3)
     )`,
  );
  await index(sql, 'replays_by_webhook ON delivery_log.replays (account_id, webhook_id, created_at DESC, id DESC)');
  await index(sql, `replays_by_turn ON delivery_log.replays (next_turn_at) WHERE status = 'running' OR is_open`);
}

/**
 * Erasures. An erasure begins when the log has read the streams up to its request. It looks through EVENTS, then REJECTED, and is
 * completed when the log has read ERASED up to `erased_seq`: by then everything it names is gone. `about` is erased with it.
 */
async function createErasures(sql: Sql): Promise<void> {
  await rows(
    sql,
    `CREATE TABLE delivery_log.erasures (
       id text PRIMARY KEY,
       account_id text NOT NULL,
       created_at timestamptz(3) NOT NULL,
       created_by text NOT NULL,
       kind text NOT NULL,
       about text,
       events_seq bigint NOT NULL,
       rejected_seq bigint NOT NULL,
       facts_seq bigint NOT NULL,
       step text NOT NULL DEFAULT 'events',
       position bigint NOT NULL DEFAULT 0,
       erased_seq bigint NOT NULL DEFAULT 0,
       events integer NOT NULL DEFAULT 0,
       rejected_events integer NOT NULL DEFAULT 0,
       looked_at timestamptz NOT NULL DEFAULT now(),
       finished_at timestamptz(3)
     )`,
  );
  await index(sql, 'erasures_by_account ON delivery_log.erasures (account_id, created_at DESC, id DESC)');
  await index(sql, 'erasures_by_turn ON delivery_log.erasures (looked_at) WHERE finished_at IS NULL');
}

async function index(sql: Sql, declaration: string): Promise<void> {
  await rows(sql, `CREATE INDEX ${declaration}`);
}
