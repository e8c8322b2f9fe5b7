import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose rows these are, for row-level security; and what a schema said of an event that was accepted all the same. */
export class RowSecurity1767225600003 implements MigrationInterface {
  name = 'RowSecurity1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    // Attempts that were written before belong to nobody: only the log itself still sees them.
    await runner.query(`ALTER TABLE delivery_log.attempts ADD COLUMN account_id text NOT NULL DEFAULT ''`);
    await runner.query(`ALTER TABLE delivery_log.events ADD COLUMN warnings text`);
    for (const table of ['events', 'deliveries', 'attempts', 'rejected_events'])
      await isolateAccounts(runner, `delivery_log.${table}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['events', 'deliveries', 'attempts', 'rejected_events']) {
      await runner.query(`DROP POLICY of_account ON delivery_log.${table}`);
      await runner.query(`ALTER TABLE delivery_log.${table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY`);
    }
    await runner.query('ALTER TABLE delivery_log.attempts DROP COLUMN account_id');
    await runner.query('ALTER TABLE delivery_log.events DROP COLUMN warnings');
  }
}
