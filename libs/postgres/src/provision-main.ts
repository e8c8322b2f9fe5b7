import { Client } from 'pg';

/**
 * Run before the services start, by someone who may make roles: gives each service a role of its own that owns its schema and
 * sees nothing else. Run again it changes nothing. DATABASE_URL is the administrator's; the roles' names and passwords are
 * those in SUBSCRIPTIONS_DATABASE_URL and DELIVERY_LOG_DATABASE_URL, which the services get as their DATABASE_URL.
 */
const SCHEMAS = { subscriptions: 'SUBSCRIPTIONS_DATABASE_URL', delivery_log: 'DELIVERY_LOG_DATABASE_URL' } as const;

async function run(): Promise<void> {
  const client = new Client({ connectionString: environment('DATABASE_URL') });
  await client.connect();
  try {
    for (const [schema, variable] of Object.entries(SCHEMAS)) {
      const { username, password } = new URL(environment(variable));
      if (username === '') throw new Error(`${variable} names no user.`);
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
  // An administrator who is no superuser makes things for roles that it is a member of.
  await client.query(`GRANT ${name} TO CURRENT_USER`);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${space}`);
  await client.query(`ALTER SCHEMA ${space} OWNER TO ${name}`);
  // What an installation made before its services had roles; sequences go with their tables.
  const tables = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 AND tableowner <> $2`,
    [schema, role],
  );
  for (const table of tables.rows) await client.query(`ALTER TABLE ${table.name} OWNER TO ${name}`);
}

function environment(name: string): string {
  const value = process.env[name];
  if (!value || !/^postgres(ql)?:\/\//.test(value)) throw new Error(`${name} must be a PostgreSQL URL.`);
  return value;
}

run().catch((error: Error) => {
  process.stderr.write(`The database could not be prepared: ${error.message}\n`);
  process.exit(1);
});
