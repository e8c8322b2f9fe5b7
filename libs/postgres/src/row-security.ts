import type { QueryRunner } from 'typeorm';

/** The setting that says whose rows a transaction sees: an account's id, or `*`. Unset, it sees none. */
export const ACCOUNT_SETTING = 'tidings.account';

/**
 * Within a migration: the rows of a table are seen and written only in a transaction of their account (`asAccount`) or of
 * our own (`asEveryone`). FORCE, because the service's role owns its tables. The sub-select is read once for a statement, not for each row.
 */
export async function isolateAccounts(runner: QueryRunner, table: string, column = 'account_id'): Promise<void> {
  await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await runner.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await runner.query(
    `CREATE POLICY of_account ON ${table}
     USING ((SELECT current_setting('${ACCOUNT_SETTING}', true)) IN (${column}, '*'))`,
  );
}
