import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of a rejected event that a person sent again. */
export class Resent1767225600002 implements MigrationInterface {
  name = 'Resent1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery_log.rejected_events ADD COLUMN resent_as text, ADD COLUMN resent_at timestamptz(3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delivery_log.rejected_events DROP COLUMN resent_as, DROP COLUMN resent_at');
  }
}
