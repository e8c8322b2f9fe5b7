import { isolateAccounts } from '#libs/postgres/src/row-security';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What persons have a right to: that what is known of them is erased. */
export class Erasures1767225600010 implements MigrationInterface {
  name = 'Erasures1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    // Answers are sealed with a key that only the event has: the log keeps them as they came, and reads the one with the other.
    await runner.query(`
      ALTER TABLE delivery_log.attempts
        DROP COLUMN response_body, DROP COLUMN response_headers, ADD COLUMN answer bytea`);
    // Of an erased event the row stays, without its data, record key and answer key; of a rejected one without its body and reason.
    await runner.query('ALTER TABLE delivery_log.events ADD COLUMN answer_key bytea, ADD COLUMN erased_at timestamptz(3)');
    await runner.query(`
      ALTER TABLE delivery_log.rejected_events
        ADD COLUMN seq bigint NOT NULL DEFAULT 0, ADD COLUMN erased_at timestamptz(3)`);
    await runner.query(`INSERT INTO delivery_log.positions VALUES ('ERASED', 0)`);
    // `about` is forgotten when it is done. It begins when the log has read the streams as far as they were when it was made,
    // looks through EVENTS first, then through REJECTED, and is done when the log has read ERASED to
    // `erased_seq`: what it names is gone then.
    await runner.query(`
      CREATE TABLE delivery_log.erasures (
        id text PRIMARY KEY,
        account_id text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        created_by text NOT NULL,
        kind text NOT NULL,
        about text,
        events_seq bigint NOT NULL,
        rejected_seq bigint NOT NULL,
        facts_seq bigint NOT NULL,
        step text NOT NULL DEFAULT 'events',
        position bigint NOT NULL DEFAULT 0,
        erased_seq bigint NOT NULL DEFAULT 0,
        events integer NOT NULL DEFAULT 0,
        rejected_events integer NOT NULL DEFAULT 0,
        looked_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz(3)
      )`);
    await runner.query('CREATE INDEX erasures_by_account ON delivery_log.erasures (account_id, created_at DESC, id DESC)');
    await runner.query('CREATE INDEX erasures_by_turn ON delivery_log.erasures (looked_at) WHERE finished_at IS NULL');
    await isolateAccounts(runner, 'delivery_log.erasures');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE delivery_log.erasures');
    await runner.query(`DELETE FROM delivery_log.positions WHERE stream = 'ERASED'`);
    await runner.query('ALTER TABLE delivery_log.rejected_events DROP COLUMN seq, DROP COLUMN erased_at');
    await runner.query('ALTER TABLE delivery_log.events DROP COLUMN answer_key, DROP COLUMN erased_at');
    await runner.query(`
      ALTER TABLE delivery_log.attempts DROP COLUMN answer,
        ADD COLUMN response_body text NOT NULL DEFAULT '', ADD COLUMN response_headers text NOT NULL DEFAULT '{}'`);
  }
}
