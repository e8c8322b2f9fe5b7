import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that accounts, keys and webhooks live in, and the outbox through which their forms reach JetStream. */
export class AccountsAndWebhooks1767225600000 implements MigrationInterface {
  name = 'AccountsAndWebhooks1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE subscriptions.accounts (
        id text PRIMARY KEY,
        revision integer NOT NULL DEFAULT 1,
        name text NOT NULL,
        profile text NOT NULL,
        plan text NOT NULL,
        schema_mode text NOT NULL DEFAULT 'reject',
        data_key jsonb NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      )`);
    await runner.query(`
      CREATE TABLE subscriptions.api_keys (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES subscriptions.accounts (id),
        name text NOT NULL,
        scopes text[] NOT NULL,
        secret_hash bytea NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX api_keys_by_account ON subscriptions.api_keys (account_id, created_at DESC, id DESC)`);
    // Counted for each key and minute, by all gateways together. Unlogged: what a crash forgets is at most a minute's count.
    await runner.query(`
      CREATE UNLOGGED TABLE subscriptions.key_minutes (
        key_id text PRIMARY KEY,
        minute bigint NOT NULL,
        requests integer NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE subscriptions.webhooks (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES subscriptions.accounts (id),
        revision integer NOT NULL DEFAULT 1,
        name text NOT NULL,
        description text,
        url text NOT NULL,
        events text[] NOT NULL,
        status text NOT NULL DEFAULT 'active',
        status_reason text,
        method text NOT NULL,
        content_type text NOT NULL,
        filter jsonb,
        headers_box jsonb,
        headers_shown jsonb NOT NULL DEFAULT '{}',
        retry_policy jsonb NOT NULL,
        auto_pause jsonb,
        max_concurrency integer,
        rate_per_second double precision,
        release_rate_per_second double precision,
        secrets jsonb NOT NULL,
        secret_last4 text NOT NULL,
        active_since_ms bigint,
        consecutive_failures integer NOT NULL DEFAULT 0,
        failures_since_revision integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        deleted_at timestamptz(3)
      )`);
    await runner.query(
      `CREATE INDEX webhooks_by_account ON subscriptions.webhooks (account_id, created_at DESC, id DESC) WHERE deleted_at IS NULL`,
    );
    // `about` says what it tells of: noted by two replicas, or again, it is one notification.
    await runner.query(`
      CREATE TABLE subscriptions.notifications (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES subscriptions.accounts (id),
        webhook_id text NOT NULL REFERENCES subscriptions.webhooks (id),
        type text NOT NULL,
        message text NOT NULL,
        about text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        read_at timestamptz(3),
        UNIQUE (webhook_id, about)
      )`);
    await runner.query(
      `CREATE INDEX notifications_by_account ON subscriptions.notifications (account_id, created_at DESC, id DESC)`,
    );
    // What has changed, not what it has become: whoever relays reads the current row, so an old form never follows a new one.
    await runner.query(`
      CREATE TABLE subscriptions.outbox (
        seq bigserial PRIMARY KEY,
        partition smallint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('account', 'webhook', 'notification')),
        subject_id text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE subscriptions.outbox, subscriptions.notifications, subscriptions.webhooks, subscriptions.key_minutes, subscriptions.api_keys, subscriptions.accounts',
    );
  }
}
