import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bulk replays: the jobs, and the two ways in which they ask the log. */
export class Replays1767225600004 implements MigrationInterface {
  name = 'Replays1767225600004';

  async up(runner: QueryRunner): Promise<void> {
    // Which events it is about is fixed when it is made: their times, and the last one that was stored then. It begins when the
    // log has read the streams that far. A turn that has begun (`is_open`) may have published what `sent` does not count yet;
    // it is over at `next_turn_at`, when the next one, here or in another process, finds out.
    await runner.query(`
      CREATE TABLE delivery_log.replays (
        id text PRIMARY KEY,
        account_id text NOT NULL,
        webhook_id text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        created_by text NOT NULL,
        since timestamptz(3) NOT NULL,
        until timestamptz(3) NOT NULL,
        statuses text[],
        events text[] NOT NULL,
        rate_per_second double precision,
        events_seq bigint NOT NULL,
        facts_seq bigint NOT NULL,
        total integer NOT NULL,
        sent integer NOT NULL DEFAULT 0,
        skipped integer NOT NULL DEFAULT 0,
        position_at timestamptz(3) NOT NULL,
        position_seq bigint NOT NULL DEFAULT 0,
        turn integer NOT NULL DEFAULT 0,
        is_open boolean NOT NULL DEFAULT false,
        next_turn_at timestamptz NOT NULL DEFAULT now(),
        status text NOT NULL DEFAULT 'running',
        reason text,
        cancelled_by text,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        finished_at timestamptz(3)
      )`);
    await runner.query(
      `CREATE INDEX replays_by_webhook ON delivery_log.replays (account_id, webhook_id, created_at DESC, id DESC)`,
    );
    await runner.query(`CREATE INDEX replays_by_turn ON delivery_log.replays (next_turn_at) WHERE status = 'running' OR is_open`);
    await isolateAccounts(runner, 'delivery_log.replays');
    // The events of an account in the order of their time, which is how a replay reads them.
    await runner.query(`CREATE INDEX events_by_time ON delivery_log.events (account_id, stored_at, seq)`);
    // Its progress. Other deliveries have no entry here.
    await runner.query(`CREATE INDEX deliveries_by_replay ON delivery_log.deliveries (replay_id) WHERE replay_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX delivery_log.deliveries_by_replay');
    await runner.query('DROP INDEX delivery_log.events_by_time');
    await runner.query('DROP TABLE delivery_log.replays');
  }
}
