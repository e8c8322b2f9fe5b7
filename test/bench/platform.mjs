import { cpuMs } from './processes.mjs';
import { sleep, until } from './statistics.mjs';

/** The operator's key of every platform. */
export const OPERATOR_KEY = `tdk_${'0'.repeat(12)}_${'0'.repeat(43)}`;
const LOGGED_WITHIN_MS = 180_000;

/**
 * @typedef {{ id: string, key: string }} Account
 * @typedef {{ id: string }} Webhook
 */

/**
 * @typedef {object} Parts
 * @property {Awaited<ReturnType<typeof import('../../scripts/servers/nats.mjs').startNats>>} nats
 * @property {string} natsUrl with which everything is allowed
 * @property {Awaited<ReturnType<typeof import('../../scripts/servers/postgres.mjs').startPostgres>>} postgres
 * @property {Map<string, import('../../scripts/services.mjs').Service>} services
 * @property {string} url of the gateway
 * @property {import('./receivers.mjs').Receivers} receivers
 * @property {import('./forked.mjs').Forked} publisher
 * @property {import('#libs/jetstream/src/jetstream-connection').JetStreamConnection} jetstream
 * @property {import('pg').Client} database
 */

/** Tidings, running, as scenarios use it. */
export class Platform {
  /**
   * @param {string} folder for whatever else a scenario starts beside it
   * @param {Parts} parts
   */
  constructor(folder, parts) {
    this.folder = folder;
    this.nats = parts.nats;
    this.natsUrl = parts.natsUrl;
    this.postgres = parts.postgres;
    this.services = parts.services;
    this.url = parts.url;
    this.receivers = parts.receivers;
    this.publisher = parts.publisher;
    this.jetstream = parts.jetstream;
    this.database = parts.database;
  }

  /** @returns {import('./processes.mjs').Pids} */
  get pids() {
    /** @type {import('./processes.mjs').Pids} */
    const pids = new Map();
    for (const [name, service] of this.services) pids.set(name, service.process?.pid);
    return pids
      .set('nats', this.nats.process.pid)
      .set('postgres', this.postgres.process.pid)
      .set('publisher', this.publisher.process.pid)
      .set('sink', this.receivers.forked.process.pid);
  }

  /** @returns {Promise<Account>} */
  async createAccount() {
    const account = await this.call(OPERATOR_KEY, 'POST', '/accounts', {
      name: 'Bench',
      profile: 'standard',
      plan: 'enterprise',
    });
    return { id: account.id, key: account.api_key };
  }

  /** @param {number} count */
  async createAccounts(count) {
    /** @type {Account[]} */
    const accounts = [];
    for (let n = 0; n < count; n++) accounts.push(await this.createAccount());
    return accounts;
  }

  /**
   * @param {Account} account
   * @param {{ url: string, events?: string[], max_concurrency?: number, retry_policy?: object }} webhook
   * @returns {Promise<Webhook>}
   */
  createWebhook(account, webhook) {
    // Failures never pause a webhook: the benchmark measures their cost.
    return this.call(account.key, 'POST', '/webhooks', { name: 'Bench', events: ['*'], auto_pause: null, ...webhook });
  }

  /**
   * @param {string} key
   * @param {'GET' | 'POST' | 'DELETE'} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async call(key, method, path, body) {
    const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(`${this.url}/api/v1${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Waits until nothing is on its way and the log has every fact. */
  async logged() {
    await until(
      () => this.#isLogged(),
      LOGGED_WITHIN_MS,
      () => 'The log did not have everything',
    );
  }

  async #isLogged() {
    const { jsm } = this.jetstream;
    // An event is acked after its facts are stored, so: first the acks, then the end of FACTS, then the log.
    for (const stream of ['INGRESS', 'EVENTS']) {
      const consumers = await jsm.consumers.list(stream).next();
      // The projection's own are looked at below; those of one that has ended stay for a while.
      const durable = consumers.filter(({ config }) => config.durable_name !== undefined);
      if (durable.some(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending > 0)) return false;
    }
    const { state } = await jsm.streams.info('FACTS');
    const { rows } = await this.database.query(`SELECT seq FROM delivery_log.positions WHERE stream = 'FACTS'`);
    return Number(rows[0].seq) >= state.last_seq;
  }

  /** The errors of failed attempts so far, most frequent first. Empty when every receiver answered. */
  async failures() {
    const { rows } = await this.database.query(
      `SELECT coalesce(error, 'HTTP ' || status_code) AS why, count(*)::int AS times
       FROM delivery_log.attempts WHERE status_code IS NULL OR status_code >= 300 GROUP BY 1 ORDER BY 2 DESC LIMIT 5`,
    );
    return rows.map(({ why, times }) => `${times} × ${why}`).join(', ');
  }

  /** Lists living processes and where messages are now, for a scenario that failed. */
  async whereabouts() {
    const { jsm } = this.jetstream;
    const lines = [];
    const before = cpuMs(this.pids);
    for (const { name, readyUrl } of this.services.values()) {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      if (answer?.status !== 200) lines.push(`${name} is not ready: ${answer?.status ?? 'no answer within 2 s'}`);
    }
    await sleep(1_000);
    const after = cpuMs(this.pids);
    const spent = Object.keys(after).map((name) => `${name} ${((after[name] ?? 0) - (before[name] ?? 0)).toFixed(0)}`);
    lines.push(`CPU ms in the last second or longer: ${spent.join(', ')}`);
    for (const stream of ['INGRESS', 'REJECTED', 'EVENTS', 'RETRIES', 'LANES', 'FACTS']) {
      const { state } = await jsm.streams.info(stream);
      lines.push(`${stream}: ${state.messages} messages, last ${state.last_seq}`);
      for (const one of await jsm.consumers.list(stream).next()) {
        if (one.num_pending + one.num_ack_pending === 0) continue;
        const { name, num_pending, num_ack_pending, num_redelivered, num_waiting } = one;
        lines.push(
          `  ${name}: ${num_pending} pending, ${num_ack_pending} unacked, ${num_redelivered} redelivered, ${num_waiting} pulls`,
        );
      }
    }
    return lines.join('\n');
  }
}
