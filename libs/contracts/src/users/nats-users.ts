import { allCalls } from '../calls/all-calls.js';
import { RECORDS_BUCKET } from '../record-history.js';
import { durableConsumers, streams } from '../streams.js';
import { HEALTH_BUCKET } from '../webhook-health.js';
import { inboxPrefixOf } from './inbox-prefix.js';

/** A user of the NATS server, with all its permissions. */
export interface NatsUser {
  name: string;
  publish: string[];
  /** Exceptions from `publish`. */
  neverPublish: string[];
  subscribe: string[];
}

const HEALTH = `KV_${HEALTH_BUCKET}`;
const subjectsOf = new Map(streams(0, 1, '').map((stream) => [stream.name, stream.subjects]));
subjectsOf.set(HEALTH, [`$KV.${HEALTH_BUCKET}.>`]);
const RECORDS = `KV_${RECORDS_BUCKET}`;
subjectsOf.set(RECORDS, [`$KV.${RECORDS_BUCKET}.>`]);

/** Stores messages in streams. */
function stores(...names: string[]): string[] {
  return names.flatMap((name) => {
    const own = subjectsOf.get(name);
    if (!own) throw new Error(`there is no stream ${name}`);
    return own;
  });
}

/** Pulls from durable consumers, and acks. */
function consumes(...names: string[]): string[] {
  return names.flatMap((name) => [`$JS.API.CONSUMER.MSG.NEXT.${name}.*`, ...acks(name)]);
}

/** The second subject is that of a server with a domain (NATS ADR-15). */
function acks(name: string): string[] {
  return [`$JS.ACK.${name}.>`, `$JS.ACK.*.*.${name}.>`];
}

/** Creates and deletes consumers. */
function makesConsumers(...names: string[]): string[] {
  return names.flatMap((name) => [
    `$JS.API.CONSUMER.CREATE.${name}.>`,
    `$JS.API.CONSUMER.INFO.${name}.*`,
    `$JS.API.CONSUMER.DELETE.${name}.*`,
  ]);
}

/** Reads streams in order, each through a consumer that lives as long as its reader. */
function follows(...names: string[]): string[] {
  return [...counts(...names), ...makesConsumers(...names), ...names.map((name) => `$JS.API.CONSUMER.MSG.NEXT.${name}.*`)];
}

/** Reads single messages. */
function looksUp(...names: string[]): string[] {
  return names.flatMap((name) => [
    `$JS.API.STREAM.MSG.GET.${name}`,
    `$JS.API.DIRECT.GET.${name}`,
    `$JS.API.DIRECT.GET.${name}.>`,
  ]);
}

/** Counts a stream's messages. */
function counts(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.INFO.${name}`);
}

/** Deletes single messages. */
function deletesFrom(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.MSG.DELETE.${name}`);
}

/** Purges streams that only this user writes to. */
function takesBackFrom(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.PURGE.${name}`);
}

/** Answers the requests of these users. A user that may answer anybody can be made to write anywhere (ADR 10). */
function answers(...users: string[]): string[] {
  return users.map((user) => `${inboxPrefixOf(user)}.>`);
}

function namesOfDurables(stream: string): string[] {
  const durables = durableConsumers().filter((durable) => durable.stream === stream);
  return durables.map(({ config }) => config.durable_name);
}

/** Changing a stream's durable consumers, which the right to create consumers there would include. */
function changesDurablesOf(stream: string): string[] {
  return namesOfDurables(stream).flatMap((name) => [
    `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.${name}`,
  ]);
}

/** Draining a stream's durable consumers, which the right to pull there would include. */
function consumesDurablesOf(stream: string): string[] {
  return namesOfDurables(stream).flatMap((name) => [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, ...acks(`${stream}.${name}`)]);
}

/** The calls that a service answers. */
function callsOf(name: string): string[] {
  return allCalls.map(({ pattern }) => pattern).filter((pattern) => pattern.startsWith(`${name}.`));
}

function service(name: string, rights: Partial<Omit<NatsUser, 'name'>>): NatsUser {
  const { publish = [], neverPublish = [], subscribe = [] } = rights;
  return { name, publish, neverPublish, subscribe: [...subscribe, `${inboxPrefixOf(name)}.>`] };
}

/** Dispatch is asked by partition, outside of the declared calls: the partition's owner answers. */
const ASKED_OF_DISPATCH = ['dispatch.applied.*', 'dispatch.test.*'];

/** CRM services publish events and hear notifications. Their clients listen on the default inbox. */
const crm = service('crm', { publish: stores('INGRESS'), subscribe: [...stores('NOTIFICATIONS'), '_INBOX.>'] });

/**
 * Every user of the NATS server with its permissions. The launcher, the tests and the deployments make their configuration from
 * this. Only `provision` makes streams. Nobody deletes a stream, and nobody purges one that others write to.
 */
export const natsUsers: NatsUser[] = [
  service('provision', {
    publish: [
      '$JS.API.INFO',
      ...['CREATE', 'UPDATE', 'INFO'].map((verb) => `$JS.API.STREAM.${verb}.*`),
      '$JS.API.CONSUMER.CREATE.>',
      '$JS.API.CONSUMER.INFO.*.*',
    ],
  }),
  service('subscriptions', {
    publish: [
      ...stores('WEBHOOKS', 'NOTIFICATIONS', 'INGRESS'),
      ...looksUp('WEBHOOKS'),
      ...follows(HEALTH),
      ...ASKED_OF_DISPATCH,
      ...answers('gateway'),
    ],
    subscribe: callsOf('subscriptions'),
  }),
  service('ingestion', {
    publish: [
      ...consumes('INGRESS'),
      ...stores('EVENTS', 'REJECTED', 'INBOUND'),
      ...follows('WEBHOOKS'),
      ...looksUp('WEBHOOKS', 'EVENTS', 'INBOUND'),
      ...counts('EVENTS'),
      ...answers('gateway'),
    ],
    subscribe: callsOf('ingestion'),
  }),
  service('dispatch', {
    publish: [
      ...consumes('EVENTS', 'RETRIES', 'LANES', 'REPLAYS'),
      ...makesConsumers('LANES', 'REPLAYS'),
      ...stores('RETRIES', 'LANES', 'FACTS', 'PARKED', HEALTH, RECORDS),
      ...follows('WEBHOOKS', 'EVENTS', 'FACTS', 'ERASED', HEALTH),
      ...looksUp('WEBHOOKS', 'EVENTS', 'RETRIES', 'LANES', 'FACTS', RECORDS),
      ...counts('RETRIES', 'LANES', 'REPLAYS'),
      ...deletesFrom('RETRIES', 'LANES'),
      'dispatch.members',
      ...answers('subscriptions'),
    ],
    neverPublish: [...changesDurablesOf('EVENTS'), ...changesDurablesOf('REPLAYS')],
    subscribe: ['dispatch.members', ...ASKED_OF_DISPATCH],
  }),
  service('delivery-log', {
    publish: [
      ...follows('EVENTS', 'REJECTED', 'FACTS', 'ERASED'),
      ...looksUp('EVENTS', 'REJECTED', 'FACTS', 'ERASED', 'WEBHOOKS', 'RETRIES', 'LANES', 'REPLAYS', RECORDS),
      ...counts('RETRIES', 'LANES', 'REPLAYS'),
      ...stores('REPLAYS', 'ERASED', RECORDS),
      ...deletesFrom('EVENTS', 'REJECTED'),
      ...takesBackFrom('REPLAYS'),
      ...answers('gateway'),
    ],
    neverPublish: [...changesDurablesOf('EVENTS'), ...consumesDurablesOf('EVENTS')],
    subscribe: callsOf('delivery_log'),
  }),
  service('gateway', { publish: [...allCalls.map(({ pattern }) => pattern), ...follows('FACTS')] }),
  crm,
];

const SHOWN = ['REJECTED', 'EVENTS', 'FACTS', 'NOTIFICATIONS'];

/**
 * A connection without a name to the server of `npm start`, which only this machine reaches. It may do what CRM services may, look
 * at everything, and read the streams that are no work queues.
 */
export const localUser: NatsUser = {
  name: 'local',
  publish: [
    ...stores('INGRESS'),
    '$JS.API.INFO',
    ...['LIST', 'NAMES', 'INFO.*', 'MSG.GET.*'].map((question) => `$JS.API.STREAM.${question}`),
    ...['LIST.*', 'NAMES.*', 'INFO.*.*'].map((question) => `$JS.API.CONSUMER.${question}`),
    '$JS.API.DIRECT.GET.>',
    ...follows(...SHOWN),
    // Clients need these to make a consumer without a name, to ack, and to be pushed to.
    ...SHOWN.flatMap((name) => [`$JS.API.CONSUMER.CREATE.${name}`, ...acks(name), `$JS.FC.${name}.>`]),
  ],
  neverPublish: [...changesDurablesOf('EVENTS'), ...consumesDurablesOf('EVENTS')],
  subscribe: [...stores('NOTIFICATIONS'), '_INBOX.>'],
};
