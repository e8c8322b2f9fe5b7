import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What of an event's data each webhook gets. Null, as all of them begin: everything. */
export class DataRules1767225600011 implements MigrationInterface {
  name = 'DataRules1767225600011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE subscriptions.webhooks ADD COLUMN data_fields text[], ADD COLUMN masked_fields text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE subscriptions.webhooks DROP COLUMN data_fields, DROP COLUMN masked_fields');
  }
}
