import type { QueryRunner } from 'typeorm';

/** Setting that says whose rows a transaction sees: an account's id, `*` for all, unset for none. */
export const ACCOUNT_SETTING = 'tidings.account';

/**
 * Shows a table's rows only to transactions of their account (`asAccount`) or of all accounts (`asEveryone`). Runs in a migration.
 * FORCE, because the service's role owns the table. The sub-select is evaluated once per statement, not per row.
 */
export async function isolateAccounts(runner: QueryRunner, table: string, column = 'account_id'): Promise<void> {
  await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await runner.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await runner.query(
    `CREATE POLICY of_account ON ${table}
     USING ((SELECT current_setting('${ACCOUNT_SETTING}', true)) IN (${column}, '*'))`,
  );
}
