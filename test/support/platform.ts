import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { serversAt } from '#libs/jetstream/src/connect';
import pg from 'pg';
import { freePort } from '../../scripts/servers/child.mjs';
import { makeServices, provision, provisionDatabase, Service } from '../../scripts/services.mjs';
import { OperatorApi } from './api.js';
import { eventually } from './eventually.js';
import { testAccess } from './nats-access.mjs';
import { testNats, testPostgres, type TestServer } from './servers.js';

export interface PlatformOptions {
  /** For every service: TIDINGS_TIME_SCALE, TIDINGS_CRASH_AT, … */
  env?: Record<string, string>;
  /** For provisioning: TIDINGS_DEDUP_WINDOW. */
  provisionEnv?: Record<string, string>;
}

/** All of Tidings as separate processes on servers of its own, from the build in dist. What every end-to-end test uses. */
export class Platform {
  private constructor(
    /** What the services print, for a test that fails. */
    readonly lines: string[],
    readonly nats: TestServer,
    /** The URL with which a user connects to it. */
    readonly natsUrlOf: (user: string) => string,
    readonly postgres: TestServer,
    readonly services: Map<string, Service>,
    readonly url: string,
    readonly grpc: string,
    readonly operator: OperatorApi,
    /** May do everything, as does `js`. */
    readonly nc: NatsConnection,
    readonly js: JetStreamClient,
    private readonly crm: NatsConnection,
  ) {}

  static async start({ env = {}, provisionEnv = {} }: PlatformOptions = {}): Promise<Platform> {
    const access = testAccess();
    const [nats, postgres] = await Promise.all([testNats(access.config), testPostgres()]);
    const natsUrlOf = (user: string): string => access.urlAs(nats.url, user);
    await provision(natsUrlOf('provision'), provisionEnv);
    const operatorKey = `tdk_${'0'.repeat(12)}_${'0'.repeat(43)}`;
    const lines: string[] = [];
    const { services, url, grpc } = await makeServices(
      {
        natsUrlOf,
        databases: await provisionDatabase(postgres.url),
        port: 0,
        operatorKey,
        kek: `test:${randomBytes(32).toString('base64')}`,
        env: { TIDINGS_ALLOW_HTTP_URLS: 'true', TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8', LOG_LEVEL: 'warn', ...env },
      },
      { restarts: false, onLine: (name, line) => lines.push(`${name}: ${line}`) },
    );
    for (const service of services.values()) service.start();
    await Promise.all([...services.values()].map((service) => service.ready())).catch((error: Error) => {
      throw new Error(`${error.message}\n${lines.join('\n')}`);
    });
    const [nc, crm] = await Promise.all([connectTo(natsUrlOf('administrator')), connectTo(natsUrlOf('crm'))]);
    return new Platform(
      lines,
      nats,
      natsUrlOf,
      postgres,
      services,
      url,
      grpc,
      new OperatorApi(url, operatorKey),
      nc,
      jetstream(nc),
      crm,
    );
  }

  /** One of the users of nats-users.ts, as it connects. */
  connectAs(user: string): Promise<NatsConnection> {
    return connectTo(this.natsUrlOf(user));
  }

  /**
   * Waits for a status that nobody asked for: failures and a 410 change a webhook without anyone waiting for it. First its row says so,
   * then its state, then the owner of its partition knows.
   */
  async inForce(accountId: string, webhookId: string, status: WebhookState['status']): Promise<void> {
    const jsm = await this.js.jetstreamManager();
    const seq = await eventually(async () => {
      const state = await jsm.streams.getMessage('WEBHOOKS', { last_by_subj: subjects.webhook(accountId, webhookId) });
      assert.equal(state?.json<WebhookState>().status, status);
      return state.seq;
    });
    // Dispatch may answer nobody else.
    const subscriptions = await this.connectAs('subscriptions');
    await subscriptions.request(subjects.directoryApplied(partitionOf(accountId)), JSON.stringify({ seq }));
    await subscriptions.close();
  }

  service(name: string): Service {
    return this.services.get(name)!;
  }

  /** One more dispatch process, ready to take its share. */
  async addDispatch(): Promise<Service> {
    const first = this.service('dispatch');
    const port = await freePort();
    const readyUrl = `http://127.0.0.1:${port}/health/ready`;
    const service = new Service('dispatch', readyUrl, { ...first.env, HEALTH_PORT: String(port) }, first.options);
    this.services.set(`dispatch-${this.services.size}`, service);
    service.start();
    await service.ready();
    return service;
  }

  /** kill -9, then the same service again. */
  async killAndRestart(name: string): Promise<void> {
    const service = this.service(name);
    await service.kill();
    service.start();
    await service.ready();
  }

  /** Publishes an event as a CRM would: with a plain NATS client, and again with the same id until it is acknowledged. */
  async publish(
    accountId: string,
    type: string,
    body: unknown,
    { id, extra = {} }: { id?: string; extra?: Record<string, string> } = {},
  ): Promise<void> {
    const head = headers();
    for (const [name, value] of Object.entries(extra)) head.set(name, value);
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      try {
        await jetstream(this.crm).publish(`crm.${accountId}.${type}`, payload, {
          ...(id === undefined ? {} : { msgID: id }),
          headers: head,
          timeout: 2_000,
        });
        return;
      } catch (error) {
        if (attempt >= 30 || id === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  /** What is in the database, past everything that guards it. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.nc.close(), this.crm.close()]);
    await Promise.all([...this.services.values()].map((service) => service.kill()));
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
    const refused = this.lines.filter((line) => line.includes('Permissions Violation'));
    if (refused.length > 0)
      throw new Error(`NATS refused what a service did: see libs/contracts/src/users/nats-users.ts.\n${refused.join('\n')}`);
  }
}

function connectTo(natsUrl: string): Promise<NatsConnection> {
  return connect({ ...serversAt(natsUrl), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
}
