import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log's tables, partitioned by day: a day is dropped whole when its time is over, never deleted row by row. The
 * projection makes the days it needs. A primary key begins with what rows are looked up by, so that it is the only index for
 * that; JSON that nobody searches is text, which costs nothing to write.
 */
export class Log1767225600000 implements MigrationInterface {
  name = 'Log1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    // The position is written in the transaction of the rows: what is in the tables is exactly what was read.
    await runner.query(`CREATE TABLE delivery_log.positions (stream text PRIMARY KEY, seq bigint NOT NULL)`);
    await runner.query(`INSERT INTO delivery_log.positions VALUES ('EVENTS', 0), ('REJECTED', 0), ('FACTS', 0)`);
    // One payload for each event, however many deliveries; bytes, because a signature covers their order.
    await runner.query(`
      CREATE TABLE delivery_log.events (
        account_id text NOT NULL,
        id text NOT NULL,
        seq bigint NOT NULL,
        type text NOT NULL,
        key text,
        occurred_at text NOT NULL,
        stored_at timestamptz(3) NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (seq, stored_at)
      ) PARTITION BY RANGE (stored_at)`);
    await runner.query(`CREATE INDEX events_by_id ON delivery_log.events (account_id, id)`);
    await runner.query(`CREATE INDEX events_by_key ON delivery_log.events (account_id, key) WHERE key IS NOT NULL`);
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
        PRIMARY KEY (id, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await runner.query(
      `CREATE INDEX deliveries_by_webhook ON delivery_log.deliveries (account_id, webhook_id, created_at DESC, id DESC)`,
    );
    await runner.query(`CREATE INDEX deliveries_by_event ON delivery_log.deliveries (account_id, event_id)`);
    await runner.query(`
      CREATE TABLE delivery_log.attempts (
        at timestamptz(3) NOT NULL,
        fact_id text NOT NULL,
        delivery_id text NOT NULL,
        number smallint NOT NULL,
        trigger text NOT NULL,
        status_code smallint,
        error text,
        response_time_ms integer NOT NULL,
        response_body text NOT NULL,
        response_headers text NOT NULL,
        request_headers text NOT NULL,
        url text NOT NULL,
        method text NOT NULL,
        PRIMARY KEY (delivery_id, at, fact_id)
      ) PARTITION BY RANGE (at)`);
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
        PRIMARY KEY (received_at, id)
      ) PARTITION BY RANGE (received_at)`);
    await runner.query(
      `CREATE INDEX rejected_by_account ON delivery_log.rejected_events (account_id, received_at DESC, id DESC)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE delivery_log.rejected_events, delivery_log.attempts, delivery_log.deliveries, delivery_log.events, delivery_log.positions',
    );
  }
}
