import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from './build.mjs';
import { LaunchError } from './servers/child.mjs';
import { startNats } from './servers/nats.mjs';
import { natsAccess } from './servers/nats-users.mjs';
import { startPostgres } from './servers/postgres.mjs';
import { writePrivate } from './servers/private-file.mjs';
import { makeServices, projectDir, provision, provisionDatabase, reachableHost, SERVICES } from './services.mjs';
import { watchSources } from './watch.mjs';

/**
 * `npm start`: everything on one machine. Brings PostgreSQL and NATS unless DATABASE_URL and NATS_URL name others. Makes the
 * streams, the services, a first account and runtime.json. Ctrl-C stops all of it.
 *
 * `npm run dev` is the same with `--watch`: a changed source is compiled, and the services that use it start again.
 * `--inspect dispatch` runs one service under Node's inspector.
 */
const { values: args } = parseArgs({
  options: { watch: { type: 'boolean', default: false }, inspect: { type: 'string' } },
});

const dataDir = resolve(process.env['TIDINGS_DATA_DIR'] || join(projectDir, '.tidings'));
const cacheDir = join(projectDir, '.cache');
const runtimeFile = join(dataDir, 'runtime.json');
const secretsFile = join(dataDir, 'secrets.json');
const lockFile = join(dataDir, 'launcher.pid');

const log = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);

/** @type {(() => Promise<unknown>)[]} run in reverse order of starting */
const stops = [];
let isStopping = false;
/** The data folder is this launcher's own: another one that runs on it keeps its files. */
let hasLock = false;

/** @param {number} code */
async function stop(code) {
  if (isStopping) process.exit(1);
  isStopping = true;
  if (hasLock) rmSync(runtimeFile, { force: true });
  for (const stopOne of stops.reverse()) await stopOne().catch(() => {});
  process.exit(code);
}

async function launch() {
  checkOptions();
  takeLock();
  rmSync(runtimeFile, { force: true });
  const port = await portToUse();
  buildIfNeeded(log);
  // Imported after the build, which makes it.
  const { localUser, natsUsers } = await import('#libs/contracts/src/users/nats-users');
  const secrets = readSecrets();
  const access = natsAccess([...natsUsers, localUser], secrets.nats);
  writeJson(secretsFile, Object.assign(secrets, { nats: access.passwords }));

  const [database, nats] = await Promise.all([
    process.env['DATABASE_URL']
      ? { url: process.env['DATABASE_URL'] }
      : startServer('PostgreSQL', join(dataDir, 'postgres'), startPostgres),
    process.env['NATS_URL']
      ? { url: process.env['NATS_URL'] }
      : startServer('NATS', join(dataDir, 'nats'), (options) => startNats({ ...options, access: access.config })),
  ]);
  // A server from NATS_URL keeps its own users.
  const natsUrlOf = (/** @type {string} */ user) => (process.env['NATS_URL'] ? nats.url : access.urlAs(nats.url, user));
  await provision(natsUrlOf('provision'));
  // A database from DATABASE_URL keeps its own roles.
  const databases = process.env['DATABASE_URL']
    ? { subscriptions: database.url, deliveryLog: database.url }
    : await provisionDatabase(database.url);

  const { services, url, grpc } = await makeServices(
    { natsUrlOf, databases, port, operatorKey: secrets.operator_key, kek: secrets.kek, env: servicesEnv() },
    { log, onLine: showServiceLine, ...(args.inspect === undefined ? {} : { inspect: args.inspect }) },
  );
  // All at once: the gateway refuses new requests, then finishes those under way.
  stops.push(() => Promise.all([...services.values()].map((service) => service.stop())));
  for (const service of services.values()) service.start();
  await Promise.all([...services.values()].map((service) => service.ready()));

  if (!secrets.account_id) Object.assign(secrets, await makeFirstAccount(url, secrets.operator_key));
  writeJson(secretsFile, secrets);
  const { operator_key, account_id, api_key } = secrets;
  writeJson(runtimeFile, { url, grpc, nats: nats.url, database: database.url, operator_key, account_id, api_key });
  greet(url, nats.url, secrets);
  if (args.watch) watchSources(services, log);
}

function checkOptions() {
  const names = /** @type {readonly string[]} */ (SERVICES);
  if (args.inspect !== undefined && !names.includes(args.inspect))
    throw new LaunchError(`There is no service "${args.inspect}". --inspect takes one of ${names.join(', ')}.`);
}

/** Whether only this machine reaches the server. */
function isLoopback() {
  const host = process.env['LISTEN_HOST'] || '127.0.0.1';
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Lets webhooks reach receivers on this machine over plain HTTP, on a server that only this machine reaches. The operator's
 * own settings win.
 */
function allowsLoopbackReceivers() {
  return isLoopback() && (process.env['TIDINGS_ALLOW_HTTP_URLS'] || 'true') === 'true';
}

/** Variables for every service, beside the launcher's own. */
function servicesEnv() {
  // Tells the services that the person who sees an error can change the server's settings.
  const env = { TIDINGS_STARTED_BY: 'npm start' };
  if (!allowsLoopbackReceivers()) return env;
  const cidrs = process.env['TIDINGS_ALLOWED_CIDRS'] || '127.0.0.0/8,::1/128';
  return { ...env, TIDINGS_ALLOW_HTTP_URLS: 'true', TIDINGS_ALLOWED_CIDRS: cidrs };
}

/** Refuses a second launcher on the same data folder. The id of a launcher that was killed does not count. */
function takeLock() {
  mkdirSync(dataDir, { recursive: true });
  const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : 0;
  if (holder > 0 && holder !== process.pid && isLauncher(holder)) {
    throw new LaunchError(
      `Tidings already runs on ${dataDir} (process ${holder}). Stop it, or set TIDINGS_DATA_DIR to another folder.`,
    );
  }
  writeFileSync(lockFile, String(process.pid));
  hasLock = true;
}

/** @param {number} pid */
function isLauncher(pid) {
  try {
    process.kill(pid, 0);
    const commandLine = `/proc/${pid}/cmdline`;
    return existsSync(commandLine) ? readFileSync(commandLine, 'utf8').includes('start.mjs') : true;
  } catch {
    return false;
  }
}

/** @returns {Promise<number>} */
function portToUse() {
  const text = process.env['PORT'] || '3000';
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new LaunchError(`PORT must be a number from 0 to 65535, not "${text}".`);
  return new Promise((done, reject) => {
    const probe = createServer();
    probe.once('error', () =>
      reject(new LaunchError(`Port ${port} is taken. Stop what uses it, or set PORT to another one (0: any free port).`)),
    );
    probe.listen(port, reachableHost(process.env['LISTEN_HOST']).replace(/[[\]]/g, ''), () => {
      const address = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => done(address.port));
    });
  });
}

/**
 * Starts a server of the launcher's own, and starts it again on the same port and data when it dies.
 *
 * @template {{ url: string, port: number, process: import('node:child_process').ChildProcess, stop: () => Promise<void> }} T
 * @param {string} name
 * @param {string} folder
 * @param {(options: { dataDir: string, cacheDir: string, port?: number, log: (line: string) => void }) => Promise<T>} start
 */
async function startServer(name, folder, start) {
  let server = await start({ dataDir: folder, cacheDir, log });
  const { url, port } = server;
  const startAgain = async () => {
    for (let delayMs = 200; !isStopping; delayMs = Math.min(delayMs * 2, 10_000)) {
      log(`${name} ended; starting it again in ${delayMs} ms`);
      await new Promise((done) => setTimeout(done, delayMs));
      try {
        server = await start({ dataDir: folder, cacheDir, port, log });
        return watch();
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const watch = () => {
    server.process.once('exit', () => void startAgain());
  };
  watch();
  stops.push(() => server.stop());
  return { url };
}

function readSecrets() {
  if (existsSync(secretsFile)) return JSON.parse(readFileSync(secretsFile, 'utf8'));
  return { operator_key: `tdk_${base62(12)}_${base62(43)}`, kek: `k1:${randomBytes(32).toString('base64')}` };
}

/** @param {number} length */
function base62(length) {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Array.from({ length }, () => letters[randomInt(62)]).join('');
}

/**
 * @param {string} file
 * @param {object} content
 */
function writeJson(file, content) {
  writePrivate(file, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * @param {string} url
 * @param {string} operatorKey
 */
async function makeFirstAccount(url, operatorKey) {
  const answer = await fetch(`${url}/api/v1/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'First account', profile: 'standard', plan: 'standard' }),
  });
  if (answer.status !== 201) throw new LaunchError(`The first account could not be created: ${await answer.text()}`);
  const account = /** @type {{ id: string, api_key: string }} */ (await answer.json());
  return { account_id: account.id, api_key: account.api_key };
}

/**
 * Shows a service's warnings and errors; with LOG_LEVEL, every line.
 *
 * @param {string} name
 * @param {string} line
 */
function showServiceLine(name, line) {
  if (process.env['LOG_LEVEL']) return log(`${name}: ${line}`);
  try {
    const entry = JSON.parse(line);
    if (entry.level >= 40) log(`${name}: ${entry.msg}`);
  } catch {
    log(`${name}: ${line}`);
  }
}

/**
 * @param {string} url
 * @param {string} natsUrl
 * @param {{ account_id: string, api_key: string }} secrets
 */
function greet(url, natsUrl, { account_id, api_key }) {
  const isLocal = allowsLoopbackReceivers();
  log(`
Tidings is ready.

  API docs   ${url}/api/docs
  NATS       ${natsUrl}   publish to crm.${account_id}.<event type>
  Account    ${account_id}   key ${api_key}
  All of it  ${runtimeFile}

${
  isLocal
    ? `Start a receiver, in another terminal:
  npm run receiver

`
    : ''
}Create a webhook:
  curl -X POST ${url}/api/v1/webhooks -H 'Authorization: Bearer ${api_key}' -H 'Content-Type: application/json' \\
    -d '{"name":"My first webhook","url":"${isLocal ? 'http://127.0.0.1:4000/webhooks' : 'https://example.com/webhooks'}","events":["deal.*"]}'

Publish an event:
  curl -X POST ${url}/api/v1/events -H 'Authorization: Bearer ${api_key}' -H 'Content-Type: application/json' \\
    -d '{"event":"deal.won","data":{"id":"deal_42","title":"Enterprise License","amount":50000}}'

All of it in one command: npm run demo    Stop: Ctrl-C
`);
}

/** Under npm, stops when npm was killed without a chance to pass a signal on. */
function stopWithParent() {
  const parent = process.ppid;
  const check = () => process.ppid === parent || void stop(0);
  if (process.env['npm_lifecycle_event']) setInterval(check, 500).unref();
}

stopWithParent();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => void stop(0));
launch().catch(async (error) => {
  process.stderr.write(`${error instanceof LaunchError ? error.message : (error.stack ?? error)}\n`);
  await stop(1);
});
