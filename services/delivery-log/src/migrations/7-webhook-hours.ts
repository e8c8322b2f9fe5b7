import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What facts tell of each webhook, added up by the hour, so that statistics read a row where there were a million deliveries.
 * The row of a whole account has `webhook_id` '': of a thousand webhooks nobody wants to add up the hours of a month. Days are
 * dropped whole, as those of the log.
 */
export class WebhookHours1767225600009 implements MigrationInterface {
  name = 'WebhookHours1767225600009';

  async up(runner: QueryRunner): Promise<void> {
    // `response_times`: how many answers took how long, in the buckets of statistics/histogram.ts. The run of failures is the
    // one at the end of the hour: since when, until when, with what, and whether not all were the same.
    await runner.query(`
      CREATE TABLE delivery_log.webhook_hours (
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
      ) PARTITION BY RANGE (hour)`);
    await isolateAccounts(runner, 'delivery_log.webhook_hours');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE delivery_log.webhook_hours');
  }
}
