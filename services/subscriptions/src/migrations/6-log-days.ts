import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For how many days the log shows what came of an account's events. Whoever is there already has what all had until now. */
export class LogDays1767225600012 implements MigrationInterface {
  name = 'LogDays1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE subscriptions.accounts ADD COLUMN log_days smallint NOT NULL DEFAULT 30');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE subscriptions.accounts DROP COLUMN log_days');
  }
}
