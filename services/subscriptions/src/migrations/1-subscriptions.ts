import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES_OF_ACCOUNTS = [
  'api_keys',
  'webhooks',
  'webhook_history',
  'inbound_webhooks',
  'event_types',
  'notifications',
  'idempotency_keys',
  'audit_log',
];

/** The whole schema: everything that belongs to an account, and the outbox that carries states to JetStream. */
export class Subscriptions1767225600000 implements MigrationInterface {
  name = 'Subscriptions1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    await createAccounts(runner);
    await createWebhooks(runner);
    await createInboundWebhooks(runner);
    await createNotifications(runner);
    await createRequestTables(runner);
    await createOutbox(runner);
    await isolateAccounts(runner, 'subscriptions.accounts', 'id');
    for (const table of TABLES_OF_ACCOUNTS) await isolateAccounts(runner, `subscriptions.${table}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ['outbox', 'key_minutes', ...TABLES_OF_ACCOUNTS, 'accounts'].map((table) => `subscriptions.${table}`);
    await runner.query(`DROP TABLE ${tables.join(', ')}`);
  }
}

async function createAccounts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE subscriptions.accounts (
      id text PRIMARY KEY,
      revision integer NOT NULL DEFAULT 1,
      name text NOT NULL,
      profile text NOT NULL,
      plan text NOT NULL,
      schema_mode text NOT NULL DEFAULT 'reject',
      log_days smallint NOT NULL DEFAULT 30,
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
  // Counts the requests of each key and minute, for all gateways. Unlogged: a crash forgets at most a minute's count.
  await runner.query(`
    CREATE UNLOGGED TABLE subscriptions.key_minutes (
      key_id text PRIMARY KEY,
      minute bigint NOT NULL,
      requests integer NOT NULL
    )`);
  // `json`, not `jsonb`: a sample is shown and sent with its fields in the order in which they were written.
  await runner.query(`
    CREATE TABLE subscriptions.event_types (
      account_id text NOT NULL REFERENCES subscriptions.accounts (id),
      name text NOT NULL,
      category text NOT NULL,
      description text NOT NULL,
      schema json,
      sample json NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      PRIMARY KEY (account_id, name)
    )`);
}

async function createWebhooks(runner: QueryRunner): Promise<void> {
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
      data_fields text[],
      masked_fields text[],
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
      exhausted integer NOT NULL DEFAULT 0,
      failures_since_revision integer NOT NULL DEFAULT 1,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now(),
      deleted_at timestamptz(3)
    )`);
  await runner.query(
    `CREATE INDEX webhooks_by_account ON subscriptions.webhooks (account_id, created_at DESC, id DESC) WHERE deleted_at IS NULL`,
  );
  // Keeps past states as far as matching depends on them. WEBHOOKS keeps the last state only, and people ask about yesterday.
  await runner.query(`
    CREATE TABLE subscriptions.webhook_history (
      account_id text NOT NULL,
      webhook_id text NOT NULL REFERENCES subscriptions.webhooks (id),
      revision integer NOT NULL,
      at timestamptz(3) NOT NULL,
      events text[] NOT NULL,
      filter jsonb,
      status text NOT NULL,
      status_reason text,
      status_at timestamptz(3) NOT NULL,
      is_deleted boolean NOT NULL,
      PRIMARY KEY (account_id, webhook_id, revision)
    )`);
}

async function createInboundWebhooks(runner: QueryRunner): Promise<void> {
  // Keeps only the token's hash: a reader of the table cannot post. `mapping` is json, because jsonb would reorder the
  // fields of the data that it builds.
  await runner.query(`
    CREATE TABLE subscriptions.inbound_webhooks (
      id text PRIMARY KEY,
      account_id text NOT NULL REFERENCES subscriptions.accounts (id),
      revision integer NOT NULL DEFAULT 1,
      name text NOT NULL,
      event text NOT NULL,
      token_hash text NOT NULL UNIQUE,
      token_last4 text NOT NULL,
      verification jsonb,
      mapping json,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now(),
      deleted_at timestamptz(3)
    )`);
  await runner.query(
    `CREATE INDEX inbound_webhooks_by_account ON subscriptions.inbound_webhooks (account_id, created_at DESC, id DESC)
     WHERE deleted_at IS NULL`,
  );
}

async function createNotifications(runner: QueryRunner): Promise<void> {
  // `about` names the occasion: raised by two replicas, or again, it is one notification.
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
}

async function createRequestTables(runner: QueryRunner): Promise<void> {
  // Kept answers contain keys and secrets that are shown once, so each is sealed with a data key of its own. The operator's
  // requests have no account, hence no reference.
  await runner.query(`
    CREATE TABLE subscriptions.idempotency_keys (
      account_id text NOT NULL,
      key text NOT NULL,
      claim text NOT NULL,
      fingerprint text NOT NULL,
      claimed_at timestamptz(3) NOT NULL DEFAULT now(),
      status smallint,
      data_key jsonb,
      answer jsonb,
      PRIMARY KEY (account_id, key)
    )`);
  await runner.query(`CREATE INDEX idempotency_keys_by_time ON subscriptions.idempotency_keys (claimed_at)`);
  await runner.query(`
    CREATE TABLE subscriptions.audit_log (
      id text PRIMARY KEY,
      account_id text NOT NULL,
      at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      actor text NOT NULL,
      action text NOT NULL,
      subject_id text NOT NULL,
      changes jsonb NOT NULL
    )`);
  await runner.query(`CREATE INDEX audit_log_by_account ON subscriptions.audit_log (account_id, at DESC, id DESC)`);
  // For the changes of one webhook, which explain how its receiver does.
  await runner.query(`CREATE INDEX audit_log_by_subject ON subscriptions.audit_log (account_id, subject_id, at DESC)`);
}

async function createOutbox(runner: QueryRunner): Promise<void> {
  // Names the changed thing, not its state: the relay reads the current row, so an old state never follows a new one.
  await runner.query(`
    CREATE TABLE subscriptions.outbox (
      seq bigserial PRIMARY KEY,
      partition smallint NOT NULL,
      kind text NOT NULL CHECK (kind IN ('account', 'webhook', 'inbound_webhook', 'notification')),
      subject_id text NOT NULL
    )`);
}
