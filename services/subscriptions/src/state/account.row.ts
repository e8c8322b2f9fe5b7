import type { PlanName } from '#libs/api/src/account.dto';
import type { AccountState } from '#libs/contracts/src/account-state';
import type { LogDays } from '#libs/contracts/src/log-days';
import { asAccount } from '#libs/postgres/src/database';
import { firstRow, type Sql } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import type { WrappedKey } from '#libs/signing/src/envelope-encryption';
import type { DataSource } from 'typeorm';

/** A row of `accounts`. */
export interface AccountRow {
  id: string;
  revision: number;
  name: string;
  profile: string;
  plan: PlanName;
  schema_mode: AccountState['schemaMode'];
  log_days: LogDays;
  data_key: WrappedKey;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

const SELECT = 'SELECT * FROM subscriptions.accounts WHERE id = $1 AND deleted_at IS NULL';

/** Reads an account in a transaction of its own. Throws `account_not_found`. */
export function readAccountRow(database: DataSource, id: string): Promise<AccountRow> {
  return asAccount(database, id, async (manager) => found(await firstRow<AccountRow>(manager, SELECT, [id])));
}

/** Locks an account until the transaction ends, so that changes of what belongs to it follow each other. Throws `account_not_found`. */
export async function lockAccountRow(sql: Sql, id: string): Promise<AccountRow> {
  return found(await firstRow<AccountRow>(sql, `${SELECT} FOR UPDATE`, [id]));
}

function found(account: AccountRow | null): AccountRow {
  if (account) return account;
  throw new Problem('account_not_found', 'There is no such account.');
}
