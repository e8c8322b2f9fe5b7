import { Client } from 'pg';

/**
 * Gives each service a role that owns its schema and sees nothing else. An administrator runs it before the services start;
 * a second run changes nothing. DATABASE_URL is the administrator's. SUBSCRIPTIONS_DATABASE_URL and DELIVERY_LOG_DATABASE_URL
 * name the roles and their passwords; each service gets its own as DATABASE_URL.
 */
const SCHEMAS = { subscriptions: 'SUBSCRIPTIONS_DATABASE_URL', delivery_log: 'DELIVERY_LOG_DATABASE_URL' } as const;

async function run(): Promise<void> {
  const client = new Client({ connectionString: environment('DATABASE_URL') });
  await client.connect();
  try {
    for (const [schema, variable] of Object.entries(SCHEMAS)) {
      const { username, password } = new URL(environment(variable));
      if (username === '') throw new Error(`${variable} names no user. Write postgresql://<role>:<password>@<host>/<database>.`);
      await ensureOwner(client, schema, decodeURIComponent(username), decodeURIComponent(password));
    }
  } finally {
    await client.end();
  }
}

async function ensureOwner(client: Client, schema: string, role: string, password: string): Promise<void> {
  const [name, space] = [client.escapeIdentifier(role), client.escapeIdentifier(schema)];
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${name} NOINHERIT NOCREATEDB NOCREATEROLE`);
  await client.query(`ALTER ROLE ${name} LOGIN ${password === '' ? '' : `PASSWORD ${client.escapeLiteral(password)}`}`);
  // PostgreSQL lets an administrator who is no superuser act for a role only as its member.
  await client.query(`GRANT ${name} TO CURRENT_USER`);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${space}`);
  await client.query(`ALTER SCHEMA ${space} OWNER TO ${name}`);
  // Hands over tables from before the services had roles. Sequences follow their tables.
  const tables = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 AND tableowner <> $2`,
    [schema, role],
  );
  for (const table of tables.rows) await client.query(`ALTER TABLE ${table.name} OWNER TO ${name}`);
}

function environment(name: string): string {
  const value = process.env[name];
  if (!value || !/^postgres(ql)?:\/\//.test(value))
    throw new Error(`${name} must be a PostgreSQL URL: postgresql://<user>:<password>@<host>/<database>.`);
  return value;
}

run().catch((error: Error) => {
  process.stderr.write(`The database could not be prepared: ${error.message}\n`);
  process.exit(1);
});
