import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for what the log is asked: each is proven by a test on the plan of its query. */
export class Queries1767225600007 implements MigrationInterface {
  name = 'Queries1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX deliveries_by_type ON delivery_log.deliveries (account_id, webhook_id, event_type, created_at DESC, id DESC)`,
    );
    // Most deliveries succeed, and are in it for no more than the time until they do.
    await runner.query(
      `CREATE INDEX deliveries_unsuccessful ON delivery_log.deliveries (account_id, webhook_id, status, created_at DESC, id DESC)
       WHERE status <> 'success'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX delivery_log.deliveries_by_type, delivery_log.deliveries_unsuccessful');
  }
}
