import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Own event types, kept answers, the audit log; and row-level security over everything that belongs to an account. */
export class Management1767225600001 implements MigrationInterface {
  name = 'Management1767225600001';

  async up(runner: QueryRunner): Promise<void> {
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
    // Kept answers contain keys and secrets that are shown once: each is sealed with a data key of its own. The operator's
    // requests are kept under an account of that name, hence no reference.
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
    await isolateAccounts(runner, 'subscriptions.accounts', 'id');
    for (const table of ['api_keys', 'webhooks', 'notifications', 'event_types', 'idempotency_keys', 'audit_log'])
      await isolateAccounts(runner, `subscriptions.${table}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['accounts', 'api_keys', 'webhooks', 'notifications']) {
      await runner.query(`DROP POLICY of_account ON subscriptions.${table}`);
      await runner.query(`ALTER TABLE subscriptions.${table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY`);
    }
    await runner.query('DROP TABLE subscriptions.audit_log, subscriptions.idempotency_keys, subscriptions.event_types');
  }
}
