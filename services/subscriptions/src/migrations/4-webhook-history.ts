import { ACCOUNT_SETTING, isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each webhook was, as far as matching goes: WEBHOOKS keeps the last form only, and people ask about yesterday. */
export class WebhookHistory1767225600005 implements MigrationInterface {
  name = 'WebhookHistory1767225600005';

  async up(runner: QueryRunner): Promise<void> {
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
    // Of webhooks that exist already, what they are is known since their last change; what they were before it, is not.
    await runner.query(`SELECT set_config('${ACCOUNT_SETTING}', '*', true)`);
    await runner.query(`
      INSERT INTO subscriptions.webhook_history
        (account_id, webhook_id, revision, at, events, filter, status, status_reason, status_at, is_deleted)
      SELECT account_id, id, revision, updated_at, events, filter, status, status_reason, updated_at, deleted_at IS NOT NULL
      FROM subscriptions.webhooks`);
    await isolateAccounts(runner, 'subscriptions.webhook_history');
    // What was changed of one webhook, for the sentence that says how it does.
    await runner.query(`CREATE INDEX audit_log_by_subject ON subscriptions.audit_log (account_id, subject_id, at DESC)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX subscriptions.audit_log_by_subject');
    await runner.query('DROP TABLE subscriptions.webhook_history');
  }
}
