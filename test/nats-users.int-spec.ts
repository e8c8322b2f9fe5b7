import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { durableConsumers, streams } from '#libs/contracts/src/streams';
import { inboxPrefixOf } from '#libs/contracts/src/users/inbox-prefix';
import { localUser, natsUsers } from '#libs/contracts/src/users/nats-users';
import { serversAt } from '#libs/jetstream/src/connect';
import { follow } from '#libs/jetstream/src/follow';
import { provision } from '#libs/jetstream/src/provision';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node';
import { passwordVariable } from '../scripts/nats-users-conf.mjs';
import { findNatsServer } from '../scripts/servers/nats.mjs';
import { projectDir } from '../scripts/services.mjs';
import { testAccess } from './support/nats-access.mjs';
import { testNats, type TestServer } from './support/servers.mjs';

jest.setTimeout(60_000);

const access = testAccess();
const users = [...natsUsers, localUser].map(({ name }) => name);
const connections = new Map<string, NatsConnection>();
const as = (user: string): NatsConnection => connections.get(user)!;
let nats: TestServer;

beforeAll(async () => {
  nats = await testNats(access.config);
  for (const user of [...users, 'administrator']) {
    // A client that gives no name is the user `local`.
    const url = user === 'local' ? nats.url : access.urlAs(nats.url, user);
    connections.set(user, await connect(serversAt(url)));
    void noteRefusals(user);
  }
  await provision(as('provision'), { dedupWindowMs: 600_000, replicas: 1 });
});

afterAll(async () => {
  for (const nc of connections.values()) await nc.close();
  await nats.stop();
});

/** The server's refusals for each user, in order. */
const refusals = new Map<string, string[]>();

async function noteRefusals(user: string): Promise<void> {
  const noted: string[] = [];
  refusals.set(user, noted);
  for await (const status of as(user).status()) {
    if (status.type === 'error' && status.error instanceof PermissionViolationError) noted.push(status.error.subject);
  }
}

/** The server has said by its next answer what it refuses. */
async function isAllowed(user: string, subject: string): Promise<boolean> {
  await as(user).flush();
  await new Promise(setImmediate);
  return !refusals.get(user)!.splice(0).includes(subject);
}

async function mayPublish(user: string, subject: string): Promise<boolean> {
  as(user).publish(subject);
  return isAllowed(user, subject);
}

async function maySubscribe(user: string, subject: string): Promise<boolean> {
  const subscription = as(user).subscribe(subject, { callback: () => undefined });
  const may = await isAllowed(user, subject);
  subscription.unsubscribe();
  return may;
}

/** The users that are allowed to. */
async function those(may: (user: string, subject: string) => Promise<boolean>, subject: string): Promise<string[]> {
  const allowed: string[] = [];
  for (const user of users) if (await may(user, subject)) allowed.push(user);
  return allowed;
}

/** A stream, a subject of it, and who stores messages there. */
const WRITERS: Record<string, { subject: string; users: string[] }> = {
  INBOUND: { subject: 'inbound_seen.in_1.evt_1', users: ['ingestion'] },
  INGRESS: { subject: 'crm.acc_1.deal.won', users: ['subscriptions', 'crm', 'local'] },
  REJECTED: { subject: 'rejected.acc_1', users: ['ingestion'] },
  EVENTS: { subject: 'event.1.acc_1.deal.won', users: ['ingestion'] },
  WEBHOOKS: { subject: 'webhook.1.acc_1.wh_1', users: ['subscriptions'] },
  RETRIES: { subject: 'retry.1.wh_1', users: ['dispatch'] },
  LANES: { subject: 'lane.1.wh_1', users: ['dispatch'] },
  REPLAYS: { subject: 'manual.1.wh_1', users: ['delivery-log'] },
  FACTS: { subject: 'fact.1', users: ['dispatch'] },
  ERASED: { subject: 'erased.1.acc_1', users: ['delivery-log'] },
  NOTIFICATIONS: { subject: 'notifications.acc_1.webhook.paused', users: ['subscriptions'] },
  PARKED: { subject: 'parked.LANES', users: ['dispatch'] },
  KV_health: { subject: '$KV.health.1.acc_1.wh_1', users: ['dispatch'] },
  KV_records: { subject: '$KV.records.1.acc_1.record', users: ['dispatch', 'delivery-log'] },
};

it.each(Object.entries(WRITERS))('%s is written by its owners only', async (_stream, { subject, users: writers }) => {
  expect(await those(mayPublish, subject)).toEqual(writers);
});

it('leaves no stream out', () => {
  expect(Object.keys(WRITERS)).toEqual([...streams(0, 1, '').map(({ name }) => name), 'KV_health', 'KV_records']);
});

it.each([
  ['subscriptions.webhooks.create', ['gateway'], ['subscriptions']],
  ['ingestion.events.accept', ['gateway'], ['ingestion']],
  ['delivery_log.deliveries.list', ['gateway'], ['delivery-log']],
  ['delivery_log.deliveries.undeclared', [], []],
  ['dispatch.applied.3', ['subscriptions'], ['dispatch']],
  ['dispatch.test.3', ['subscriptions'], ['dispatch']],
  ['dispatch.members', ['dispatch'], ['dispatch']],
])('%s is asked and answered by its own services only', async (subject, askers, answerers) => {
  expect(await those(mayPublish, subject)).toEqual(askers);
  expect(await those(maySubscribe, subject)).toEqual(answerers);
});

it('lets only provision create or change streams, nobody delete one, and only delivery-log purge its own', async () => {
  expect(await those(mayPublish, '$JS.API.STREAM.CREATE.MINE')).toEqual(['provision']);
  expect(await those(mayPublish, '$JS.API.STREAM.UPDATE.MINE')).toEqual(['provision']);
  for (const name of [...Object.keys(WRITERS), 'MINE']) {
    for (const verb of ['PURGE', 'DELETE', 'RESTORE', 'SNAPSHOT']) {
      const emptied = verb === 'PURGE' && name === 'REPLAYS' ? WRITERS['REPLAYS']!.users : [];
      expect(await those(mayPublish, `$JS.API.STREAM.${verb}.${name}`)).toEqual(emptied);
    }
  }
});

it('lets dispatch delete waiting messages, and delivery-log erased ones', async () => {
  const deleters: Record<string, string[]> = {};
  for (const name of Object.keys(WRITERS)) {
    const allowed = await those(mayPublish, `$JS.API.STREAM.MSG.DELETE.${name}`);
    if (allowed.length > 0) deleters[name] = allowed;
  }
  const [what, whose] = [['dispatch'], ['delivery-log']];
  expect(deleters).toEqual({ REJECTED: whose, EVENTS: whose, RETRIES: what, LANES: what });
});

it('keeps readers from changing durable consumers', async () => {
  for (const { stream, config } of durableConsumers()) {
    const name = config.durable_name;
    expect(await those(mayPublish, `$JS.API.CONSUMER.CREATE.${stream}.${name}`)).toEqual(['provision']);
    expect(await those(mayPublish, `$JS.API.CONSUMER.CREATE.${stream}.${name}.${config.filter_subject}`)).toEqual(['provision']);
    expect(await those(mayPublish, `$JS.API.CONSUMER.DELETE.${stream}.${name}`)).toEqual([]);
    const pulling = await those(mayPublish, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`);
    expect(pulling).toEqual([stream === 'INGRESS' ? 'ingestion' : 'dispatch']);
    const acking = await those(mayPublish, `$JS.ACK.${stream}.${name}.1.1.1.1.0`);
    expect(acking).toEqual(pulling);
  }
});

it("lets nobody hear another's answers", async () => {
  for (const name of [...users, 'administrator'])
    expect(await those(maySubscribe, `${inboxPrefixOf(name)}.*`)).toEqual(
      natsUsers.some((user) => user.name === name) ? [name] : [],
    );
  expect(await those(maySubscribe, '_INBOX.>')).toEqual(['crm', 'local']);
  for (const all of ['>', '*.>', 'event.>', '$JS.>', '$KV.>', 'webhook.>']) expect(await those(maySubscribe, all)).toEqual([]);
});

it('lets answers go only to users that may ask', async () => {
  const answering = { gateway: ['subscriptions', 'ingestion', 'delivery-log'], subscriptions: ['dispatch'] } as Record<
    string,
    string[]
  >;
  for (const name of users) {
    const inbox = `${inboxPrefixOf(name)}.x`;
    expect(await those(mayPublish, inbox)).toEqual(answering[name] ?? []);
  }
});

it('lets an unnamed tool look at every stream, and read those that keep their messages', async () => {
  const nc = as('local');
  const jsm = await jetstreamManager(nc);
  const names: string[] = [];
  for await (const { config } of jsm.streams.list()) names.push(config.name);
  expect(names).toEqual(expect.arrayContaining(streams(0, 1, '').map(({ name }) => name)));
  expect(await jsm.consumers.info('INGRESS', 'ingestion')).toMatchObject({ stream_name: 'INGRESS' });
  await jetstream(as('dispatch')).publish('fact.2', 'a fact');
  const read: string[] = [];
  const { caughtUp, stop } = await follow(jetstream(nc), {
    stream: 'FACTS',
    filter: 'fact.2',
    onMessage: ({ body }) => read.push(Buffer.from(body).toString()),
    onProblem: () => undefined,
  });
  await caughtUp;
  stop();
  expect(read).toEqual(['a fact']);
  const { name } = await jsm.consumers.add('FACTS', { filter_subject: 'fact.2', ack_policy: 'explicit' });
  const message = await (await jetstream(nc).consumers.get('FACTS', name)).next();
  expect(await message!.ackAck()).toBe(true);
});

it('has a deployed configuration that the server reads', async () => {
  const program = await findNatsServer({ cacheDir: join(projectDir, '.cache') });
  const passwords = Object.fromEntries(natsUsers.map(({ name }) => [passwordVariable(name), '0a1b2c']));
  const check = spawnSync(program, ['-t', '-c', join(projectDir, 'deploy/docker/nats.conf')], {
    env: { ...process.env, ...passwords },
    encoding: 'utf8',
  });
  expect(check.stderr).toContain('is valid');
});
