import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT_SETTING } from './row-security.js';
import { DataSource, type EntityManager, type MixedList } from 'typeorm';

export interface DatabaseOptions {
  url: string;
  /** Each service has a schema of its own in the one database, and writes to no other. */
  schema: string;
  /** Classes, in order. */
  migrations: MixedList<Function>; // eslint-disable-line typescript/no-unsafe-function-type
}

const CONNECTIONS_MAX = 10;
/** A management call answers within two seconds, so its queries must not take longer. */
const CONNECT_TIMEOUT_MS = 1_500;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Key of the advisory lock under which one process at a time migrates. The number has no meaning. */
const MIGRATION_LOCK = 7_140_931;

/**
 * Opens the service's database: waits until it answers, makes the schema and runs the migrations, one process at a time.
 * A database that is away only delays the start.
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  const logger = new Logger('Database');
  for (;;) {
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      schema: options.schema,
      migrations: options.migrations,
      synchronize: false,
      poolSize: CONNECTIONS_MAX,
      poolErrorHandler: (error: Error) => logger.warn(`a connection broke: ${error.message}`),
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      applicationName: `tidings-${options.schema}`,
      extra: { statement_timeout: STATEMENT_TIMEOUT_MS },
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      logger.warn(`PostgreSQL does not answer yet, trying again: ${(error as Error).message}`);
      await sleep(500);
      continue;
    }
    await migrate(dataSource, options.schema);
    const [role]: { sees_all: boolean }[] = await dataSource.query(
      'SELECT rolsuper OR rolbypassrls AS sees_all FROM pg_roles WHERE rolname = current_user',
    );
    if (role!.sees_all)
      logger.log(`the database user bypasses row-level security; give each service a role of its own (see the README)`);
    return dataSource;
  }
}

async function migrate(dataSource: DataSource, schema: string): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // provision-main has made it where each service has a role of its own, and such a role may not make schemas.
    const [found]: { schema: string | null }[] = await runner.query('SELECT to_regnamespace($1)::text AS schema', [schema]);
    if (found!.schema === null) await runner.query(`CREATE SCHEMA ${schema}`);
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

const ATTEMPTS_MAX = 4;

/**
 * Runs a transaction that sees the rows of one account. Every query on behalf of a client runs in one.
 * Row-level security is the second line of defence behind `WHERE account_id = $1`.
 */
export function asAccount<T>(
  dataSource: DataSource,
  accountId: string,
  work: (manager: EntityManager) => Promise<T>,
  isolation?: 'REPEATABLE READ',
): Promise<T> {
  const scoped = async (manager: EntityManager): Promise<T> => {
    await manager.query(`SELECT set_config('${ACCOUNT_SETTING}', $1, true)`, [accountId]);
    return work(manager);
  };
  return transact(dataSource, scoped, isolation);
}

/** Runs reads of one account on one snapshot: all of them see the database as it was at the first one. */
export function asAccountAtOnce<T>(
  dataSource: DataSource,
  accountId: string,
  read: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return asAccount(dataSource, accountId, read, 'REPEATABLE READ');
}

/** Runs a transaction over all accounts, on behalf of no client: key look-ups, relays, watches, projections. */
export function asEveryone<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  return asAccount(dataSource, '*', work);
}

/**
 * Runs a transaction, and runs it again when the database says that it may be repeated; see `mayRunAgain`.
 * `work` must do the same when it is run again.
 */
export async function transact<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
  isolation?: 'REPEATABLE READ',
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (isolation ? dataSource.transaction(isolation, work) : dataSource.transaction(work));
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !mayRunAgain(error)) throw error;
      await sleep(20 * 2 ** attempt);
    }
  }
}

/**
 * The connection was lost (08), a serialization failure or a deadlock (40001, 40P01), the server shuts down or starts
 * (57P01, 57P03). TypeORM has errors of its own for a broken connection, which it throws instead of the next statement.
 */
function mayRunAgain(error: unknown): boolean {
  const { name, driverError } = error as { name?: string; driverError?: { code?: string } };
  if (name === 'QueryRunnerAlreadyReleasedError' || name === 'QueryRunnerProviderAlreadyReleasedError') return true;
  const code = driverError?.code ?? '';
  return /^(08|40001|40P01|57P01|57P03)/.test(code);
}
