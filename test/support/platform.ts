import assert from 'node:assert/strict';
import { afterAll, beforeAll } from '@jest/globals';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { serversAt } from '#libs/jetstream/src/connect';
import pg from 'pg';
import type { Service } from '../../scripts/services.mjs';
import { OperatorApi } from './api.js';
import { eventually } from './eventually.js';
import { Processes, type ProcessOptions } from './processes.mjs';
import type { TestServer } from './servers.mjs';

const START_WITHIN_MS = 120_000;

export interface PlatformOptions extends ProcessOptions {
  /** Divides every interval of dispatch: TIDINGS_TIME_SCALE. */
  timeScale?: number;
  /** For a file that leaves more behind than the data of its accounts: rows, partitions or messages that nobody can read. */
  isOwn?: boolean;
}

declare global {
  /** The shared processes of this worker, see shared-platform.mjs. */
  var sharedProcesses: () => Promise<Processes>;
}

/**
 * The platform of a test file, running before its first test. Files share one for each worker, one file after the other, and
 * may stop, kill and restart its services. `env`, `provisionEnv` or `isOwn` give a file a platform of its own.
 */
export function usePlatform(options: PlatformOptions = {}): Platform {
  const platform = new Platform(options);
  beforeAll(() => platform.start(), START_WITHIN_MS);
  afterAll(() => platform.stop(), START_WITHIN_MS);
  return platform;
}

/** All of Tidings as separate processes, and the clients of a test file. */
export class Platform {
  operator!: OperatorApi;
  /** May do everything, as does `js`. */
  nc!: NatsConnection;
  js!: JetStreamClient;
  private crm!: NatsConnection;
  private processes!: Processes;
  private readonly databases: pg.Client[] = [];
  private readonly isShared: boolean;

  constructor(private readonly options: PlatformOptions) {
    this.isShared = !options.env && !options.provisionEnv && !options.isOwn;
  }

  async start(): Promise<void> {
    const { env, timeScale, ...others } = this.options;
    const scale: Record<string, string> = timeScale === undefined ? {} : { TIDINGS_TIME_SCALE: String(timeScale) };
    this.processes = this.isShared ? await sharedProcesses() : await Processes.start({ env: { ...scale, ...env }, ...others });
    if (this.isShared) await this.processes.reset(scale);
    this.operator = new OperatorApi(this.url, this.processes.operatorKey);
    [this.nc, this.crm] = await Promise.all([connectTo(this.natsUrlOf('administrator')), connectTo(this.natsUrlOf('crm'))]);
    this.js = jetstream(this.nc);
  }

  /** Everything that the services have printed since the file began. */
  get lines(): string[] {
    return this.processes.lines;
  }

  get nats(): TestServer {
    return this.processes.nats;
  }

  get postgres(): TestServer {
    return this.processes.postgres;
  }

  get services(): Map<string, Service> {
    return this.processes.services;
  }

  get url(): string {
    return this.processes.url;
  }

  get grpc(): string {
    return this.processes.grpc;
  }

  /** The URL with which a user connects to NATS. */
  natsUrlOf(user: string): string {
    return this.processes.natsUrlOf(user);
  }

  /** Connects as one of the users of nats-users.ts. */
  connectAs(user: string): Promise<NatsConnection> {
    return connectTo(this.natsUrlOf(user));
  }

  /**
   * Waits until dispatch applies a status that failures or a 410 caused. The webhook's row changes first, then its state, then
   * the owner of its partition hears of it.
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
  addDispatch(): Promise<Service> {
    return this.processes.addDispatch();
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
          ...(id === undefined ? {} : { msgID: `${accountId}:${id}` }),
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

  /** A connection of the database's administrator, whom row-level security does not hold back. Closed with the platform. */
  async connectDatabase(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    this.databases.push(client);
    return client;
  }

  /** Rows of the database, past everything that guards it. */
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
    const clients = [this.nc, this.crm].filter((one: NatsConnection | undefined) => one !== undefined);
    await Promise.all([...clients.map((one) => one.close()), ...this.databases.map((one) => one.end())]);
    if (!this.isShared) await this.processes.stop();
    const refused = this.lines.filter((line) => line.includes('Permissions Violation'));
    if (refused.length > 0)
      throw new Error(`NATS refused what a service did: see libs/contracts/src/users/nats-users.ts.\n${refused.join('\n')}`);
  }
}

function connectTo(natsUrl: string): Promise<NatsConnection> {
  return connect({ ...serversAt(natsUrl), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
}
