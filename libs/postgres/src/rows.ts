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
