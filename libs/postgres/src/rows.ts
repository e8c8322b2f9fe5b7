/** A connection, a transaction or a migration: anything that runs SQL. */
export interface Sql {
  query(sql: string, params?: unknown[]): Promise<unknown>;
}

/** Runs a statement and returns its rows, those of RETURNING too. */
export async function rows<Row>(sql: Sql, text: string, params: unknown[] = []): Promise<Row[]> {
  return (await run(sql, text, params)).rows as Row[];
}

/** Runs a statement and returns its first row, or null. */
export async function firstRow<Row>(sql: Sql, text: string, params: unknown[] = []): Promise<Row | null> {
  return (await rows<Row>(sql, text, params))[0] ?? null;
}

/** Runs an UPDATE or a DELETE and returns the number of rows that it changed. */
export async function changedRows(sql: Sql, text: string, params: unknown[] = []): Promise<number> {
  return (await run(sql, text, params)).changed;
}

/** TypeORM answers an UPDATE or a DELETE with its rows and their number, any other statement with its rows alone. */
async function run(sql: Sql, text: string, params: unknown[]): Promise<{ rows: unknown[]; changed: number }> {
  const answer = (await sql.query(text, params)) as unknown[];
  const [first, second] = answer;
  // A row is an object, never an array.
  return Array.isArray(first) ? { rows: first, changed: second as number } : { rows: answer, changed: 0 };
}

/**
 * Inserts a row and returns it with its defaults. Leaves out columns that are undefined. Pass JSON text for a `jsonb` column whose value is an array: the driver
 * takes an array for a PostgreSQL one.
 */
export async function insertRow<Row>(sql: Sql, table: string, columns: Record<string, unknown>): Promise<Row> {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const names = given.map(([name]) => name);
  const places = given.map((_, index) => `$${index + 1}`);
  const text = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')}) RETURNING *`;
  const values = given.map(([, value]) => value);
  return (await firstRow<Row>(sql, text, values))!;
}

/** Returns `column = $n` for each column of a change and adds its value to `params`. Leaves out columns that are undefined. */
export function assignments(change: Record<string, unknown>, params: unknown[]): string[] {
  const changed = Object.entries(change).filter(([, value]) => value !== undefined);
  return changed.map(([column, value]) => `${column} = $${params.push(value)}`);
}
