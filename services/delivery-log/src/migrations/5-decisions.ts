import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was decided about a delivery, step by step, for the words that explain it: `deliveries` has the last state only. A
 * decision that an attempt led to is in the attempt's row; those without one have a table. A delivery that succeeds at once
 * writes nothing here.
 */
export class Decisions1767225600006 implements MigrationInterface {
  name = 'Decisions1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE delivery_log.decisions (
        at timestamptz(3) NOT NULL,
        delivery_id text NOT NULL,
        account_id text NOT NULL,
        kind text NOT NULL,
        reason text,
        number integer,
        is_manual boolean NOT NULL,
        PRIMARY KEY (delivery_id, at, kind)
      ) PARTITION BY RANGE (at)`);
    await isolateAccounts(runner, 'delivery_log.decisions');
    await runner.query('ALTER TABLE delivery_log.attempts ADD COLUMN next_attempt_at timestamptz(3)');
    // Someone asks what became of an event, and it was refused.
    await runner.query(
      'CREATE INDEX rejected_by_event ON delivery_log.rejected_events (account_id, event_id) WHERE event_id IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX delivery_log.rejected_by_event');
    await runner.query('ALTER TABLE delivery_log.attempts DROP COLUMN next_attempt_at');
    await runner.query('DROP TABLE delivery_log.decisions');
  }
}
