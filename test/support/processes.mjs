import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { freePort, stopChild } from '../../scripts/servers/child.mjs';
import { makeServices, provision, provisionDatabase, SERVICES, Service } from '../../scripts/services.mjs';
import { testAccess } from './nats-access.mjs';
import { testNats, testPostgres } from './servers.mjs';

/** Allows receivers on this machine, and sets the addresses that deliveries are said to come from. */
const TEST_ENV = {
  TIDINGS_ALLOW_HTTP_URLS: 'true',
  TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8',
  TIDINGS_IP_ADDRESSES: '203.0.113.7, 203.0.113.8',
  LOG_LEVEL: 'warn',
};
/** A dispatch with a hanging request is killed after this time. */
const STOP_WITHIN_MS = 3_000;

/**
 * @typedef {object} ProcessOptions
 * @property {Record<string, string>} [env] for every service: LOG_LEVEL, TIDINGS_CRASH_AT, …
 * @property {Record<string, string>} [provisionEnv] for provisioning: TIDINGS_DEDUP_WINDOW
 */

/**
 * All of Tidings as separate processes on servers of its own, from the build in dist. A plain module: it may run outside of
 * Jest's sandbox and outlive a test file (shared-platform.mjs).
 */
export class Processes {
  /** @type {string[]} what the services print */
  lines = [];
  operatorKey = `tdk_${'0'.repeat(12)}_${'0'.repeat(43)}`;
  /** @type {Map<string, Service>} */
  services = new Map();
  url = '';
  grpc = '';

  /**
   * @param {import('./servers.mjs').TestServer} nats
   * @param {import('./servers.mjs').TestServer} postgres
   * @param {(user: string) => string} natsUrlOf the URL with which a user connects
   */
  constructor(nats, postgres, natsUrlOf) {
    this.nats = nats;
    this.postgres = postgres;
    this.natsUrlOf = natsUrlOf;
  }

  /** @param {ProcessOptions} [options] */
  static async start({ env = {}, provisionEnv = {} } = {}) {
    const access = testAccess();
    const [nats, postgres] = await Promise.all([testNats(access.config), testPostgres()]);
    const processes = new Processes(nats, postgres, (user) => access.urlAs(nats.url, user));
    try {
      await processes.startServices(env, provisionEnv);
    } catch (error) {
      await processes.stop();
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${processes.lines.join('\n')}`, {
        cause: error,
      });
    }
    return processes;
  }

  /**
   * @param {Record<string, string>} env
   * @param {Record<string, string>} provisionEnv
   */
  async startServices(env, provisionEnv) {
    const [databases] = await Promise.all([
      provisionDatabase(this.postgres.url),
      provision(this.natsUrlOf('provision'), provisionEnv),
    ]);
    const { services, url, grpc } = await makeServices(
      {
        natsUrlOf: this.natsUrlOf,
        databases,
        port: 0,
        operatorKey: this.operatorKey,
        kek: `test:${randomBytes(32).toString('base64')}`,
        env: { ...TEST_ENV, ...env },
      },
      { restarts: false, onLine: (name, line) => this.lines.push(`${name}: ${line}`) },
    );
    Object.assign(this, { services, url, grpc });
    this.startEnv = new Map([...services].map(([name, service]) => [name, { ...service.env }]));
    for (const service of services.values()) service.start();
    await Promise.all([...services.values()].map((service) => service.ready()));
  }

  /** One more dispatch process, ready to take its share. */
  async addDispatch() {
    const first = this.services.get('dispatch');
    if (!first) throw new Error('The services have not been started.');
    const port = await freePort();
    const env = { ...first.env, HEALTH_PORT: String(port) };
    const service = new Service('dispatch', `http://127.0.0.1:${port}/health/ready`, env, first.options);
    this.services.set(`dispatch-${this.services.size}`, service);
    service.start();
    await service.ready();
    return service;
  }

  /**
   * Makes ready for the next test file: every service runs with the environment it was started with, and dispatch with
   * `dispatchEnv` besides. Restarts only what differs.
   *
   * @param {Record<string, string>} dispatchEnv
   */
  async reset(dispatchEnv) {
    for (const [name, service] of this.services) {
      const env = { ...this.startEnv?.get(name), ...(name === 'dispatch' ? dispatchEnv : {}) };
      const isExtra = !SERVICES.some((one) => one === name);
      if (!isExtra && service.process && isSame(service.env, env)) continue;
      service.isStopping = true;
      if (service.process) await stopChild(service.process, 'SIGTERM', STOP_WITHIN_MS);
      if (isExtra) {
        this.services.delete(name);
        continue;
      }
      service.env = env;
      service.start();
    }
    await Promise.all([...this.services.values()].map((service) => service.ready()));
    this.lines.length = 0;
  }

  /** Lets this process end while they still run. */
  unref() {
    for (const child of this.children()) {
      child.unref();
      for (const stream of [child.stdout, child.stderr]) /** @type {import('node:net').Socket | null} */ (stream)?.unref();
    }
  }

  /** Kills all of them at once, for a process that is ending. Their data is deleted behind its back. */
  killNow() {
    for (const child of this.children()) child.kill('SIGKILL');
    const folders = [this.nats.folder, this.postgres.folder].filter((folder) => folder !== null);
    if (folders.length > 0) spawn('rm', ['-rf', ...folders], { detached: true, stdio: 'ignore' }).unref();
  }

  async stop() {
    await Promise.all([...this.services.values()].map((service) => service.kill()));
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
  }

  children() {
    const services = [...this.services.values()].map((service) => service.process);
    return [...services, this.nats.child(), this.postgres.child()].filter((child) => child !== null);
  }
}

/**
 * @param {NodeJS.ProcessEnv} one
 * @param {NodeJS.ProcessEnv} other
 */
function isSame(one, other) {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => one[name] === other[name]);
}
