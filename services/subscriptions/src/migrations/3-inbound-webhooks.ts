import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Inbound webhooks, and their forms' way through the outbox. */
export class InboundWebhooks1767225600003 implements MigrationInterface {
  name = 'InboundWebhooks1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    // Of the token only its hash: whoever reads the table cannot post. `mapping` is json, because jsonb would reorder the
    // members of the data that it builds.
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
    await isolateAccounts(runner, 'subscriptions.inbound_webhooks');
    await runner.query('ALTER TABLE subscriptions.outbox DROP CONSTRAINT outbox_kind_check');
    await runner.query(
      `ALTER TABLE subscriptions.outbox ADD CONSTRAINT outbox_kind_check
       CHECK (kind IN ('account', 'webhook', 'inbound_webhook', 'notification'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM subscriptions.outbox WHERE kind = 'inbound_webhook'`);
    await runner.query('ALTER TABLE subscriptions.outbox DROP CONSTRAINT outbox_kind_check');
    await runner.query(
      `ALTER TABLE subscriptions.outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('account', 'webhook', 'notification'))`,
    );
    await runner.query('DROP TABLE subscriptions.inbound_webhooks');
  }
}
