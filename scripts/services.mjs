import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, LaunchError, startChild, stopChild } from './servers/child.mjs';

export const projectDir = fileURLToPath(new URL('..', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 75_000;
const RESTART_DELAYS_MS = [200, 500, 1_000, 2_000, 5_000, 10_000];

/**
 * @typedef {object} DatabaseUrls one for each service that owns tables
 * @property {string} subscriptions
 * @property {string} deliveryLog
 */

/**
 * @typedef {object} ServiceSettings
 * @property {(service: string) => string} natsUrlOf each service connects as the user of its name
 * @property {DatabaseUrls} databases
 * @property {number} port gateway's HTTP port; 0: any free one
 * @property {string} operatorKey
 * @property {string} kek
 * @property {NodeJS.ProcessEnv} [env] passed on to every service
 */

/** Every service, in the order of starting. */
export const SERVICES = /** @type {const} */ (['subscriptions', 'ingestion', 'dispatch', 'delivery-log', 'gateway']);

/** A service as a process of its own. A process that dies is started again, with back-off. */
export class Service {
  /** @type {import('node:child_process').ChildProcess | null} */
  process = null;
  isStopping = false;
  failures = 0;

  /**
   * @param {string} name
   * @param {string} readyUrl
   * @param {NodeJS.ProcessEnv} env
   * @param {{ onLine: (line: string) => void, log: (line: string) => void, restarts: boolean, nodeArgs?: string[] }} options
   */
  constructor(name, readyUrl, env, options) {
    this.name = name;
    this.readyUrl = readyUrl;
    this.env = env;
    this.options = options;
  }

  start() {
    this.isStopping = false;
    const main = join(projectDir, 'dist/services', this.name, 'src/main.js');
    const startedAtMs = Date.now();
    const command = [process.execPath, '--enable-source-maps', ...(this.options.nodeArgs ?? []), main];
    const child = startChild(command, { env: this.env, onLine: this.options.onLine });
    this.process = child;
    child.once('exit', (code, signal) => {
      if (this.process !== child) return;
      this.process = null;
      if (this.isStopping || !this.options.restarts) return;
      if (Date.now() - startedAtMs > 30_000) this.failures = 0;
      const delayMs = RESTART_DELAYS_MS[Math.min(this.failures++, RESTART_DELAYS_MS.length - 1)] ?? 0;
      this.options.log(`${this.name} ended (${signal ?? `code ${code}`}); starting it again in ${delayMs} ms`);
      setTimeout(() => {
        if (!this.isStopping) this.start();
      }, delayMs);
    });
  }

  /** Resolves when /health/ready answers 200. */
  async ready() {
    const untilMs = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const answer = await fetch(this.readyUrl).catch(() => null);
      if (answer?.status === 200) return;
      if (Date.now() > untilMs)
        throw new LaunchError(`${this.name} is not ready after ${READY_WITHIN_MS / 1000} s: see its lines above.`);
      if (!this.options.restarts && !this.process) throw new LaunchError(`${this.name} ended while it was starting.`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Asks the process to finish its work, and waits for its end. */
  async stop() {
    this.isStopping = true;
    if (this.process) await stopChild(this.process, 'SIGTERM', STOP_WITHIN_MS);
  }

  /** Ends the process with SIGKILL, and does not start it again. */
  async kill() {
    this.isStopping = true;
    if (this.process) await stopChild(this.process, 'SIGKILL', 1_000);
  }
}

/**
 * The host of a URL under which this machine reaches what listens on LISTEN_HOST.
 *
 * @param {string} [listenHost]
 */
export function reachableHost(listenHost) {
  if (!listenHost || listenHost === '0.0.0.0' || listenHost === '::') return '127.0.0.1';
  return isIPv6(listenHost) ? `[${listenHost}]` : listenHost;
}

/**
 * Gives every service the environment that it needs on this machine. Starts nothing yet. `inspect` names a service that
 * runs under Node's inspector.
 *
 * @param {ServiceSettings} settings
 * @param {{ onLine?: (name: string, line: string) => void, log?: (line: string) => void, restarts?: boolean, inspect?: string }} [options]
 */
export async function makeServices(settings, { onLine = () => {}, log = () => {}, restarts = true, inspect } = {}) {
  const port = settings.port || (await freePort());
  const grpcPort = await freePort();
  const host = reachableHost(settings.env?.['LISTEN_HOST'] ?? process.env['LISTEN_HOST']);
  const url = `http://${host}:${port}`;
  /** @type {Record<string, NodeJS.ProcessEnv>} */
  const environments = {
    subscriptions: { DATABASE_URL: settings.databases.subscriptions, TIDINGS_KEK: settings.kek },
    ingestion: { TIDINGS_KEK: settings.kek },
    dispatch: { TIDINGS_KEK: settings.kek, TIDINGS_OWN_HOSTNAMES: process.env['TIDINGS_OWN_HOSTNAMES'] },
    'delivery-log': { DATABASE_URL: settings.databases.deliveryLog },
    gateway: { PORT: String(port), GRPC_PORT: String(grpcPort), TIDINGS_OPERATOR_KEY: settings.operatorKey },
  };
  /** @type {Map<string, Service>} */
  const services = new Map();
  for (const name of SERVICES) {
    const healthPort = name === 'gateway' ? port : await freePort();
    const env = {
      ...process.env,
      ...settings.env,
      NATS_URL: settings.natsUrlOf(name),
      HEALTH_PORT: String(healthPort),
      ...environments[name],
    };
    const service = new Service(name, `http://${host}:${healthPort}/health/ready`, env, {
      onLine: (line) => onLine(name, line),
      log,
      restarts,
      nodeArgs: name === inspect ? ['--inspect'] : [],
    });
    services.set(name, service);
  }
  return { services, url, grpc: `${host}:${grpcPort}` };
}

/**
 * Gives each service its own role in the launcher's PostgreSQL, and returns the URLs.
 *
 * @param {string} adminUrl
 * @returns {Promise<DatabaseUrls>}
 */
export async function provisionDatabase(adminUrl) {
  /** @param {string} role */
  const urlOf = (role) => {
    const url = new URL(adminUrl);
    url.username = role;
    return url.href;
  };
  const urls = { subscriptions: urlOf('tidings_subscriptions'), deliveryLog: urlOf('tidings_delivery_log') };
  await runOnce('dist/libs/postgres/src/provision-main.js', {
    DATABASE_URL: adminUrl,
    SUBSCRIPTIONS_DATABASE_URL: urls.subscriptions,
    DELIVERY_LOG_DATABASE_URL: urls.deliveryLog,
  });
  return urls;
}

/**
 * Makes the streams and consumers. Throws the program's own message when that fails.
 *
 * @param {string} natsUrl
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function provision(natsUrl, env = {}) {
  await runOnce('dist/libs/jetstream/src/provision-main.js', { ...env, NATS_URL: natsUrl });
}

/**
 * @param {string} main
 * @param {NodeJS.ProcessEnv} env
 */
async function runOnce(main, env) {
  /** @type {string[]} */
  const lines = [];
  const child = startChild([process.execPath, join(projectDir, main)], {
    env: { ...process.env, ...env },
    onLine: (line) => lines.push(line),
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new LaunchError(lines.join('\n') || `${main} failed.`);
}
