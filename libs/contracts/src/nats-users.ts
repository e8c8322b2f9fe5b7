import { RECORDS_BUCKET } from './record-history.js';
import { durableConsumers, streams } from './streams.js';
import { HEALTH_BUCKET } from './webhook-health.js';

/** A user of the NATS server, and all that it may do. */
export interface NatsUser {
  name: string;
  publish: string[];
  /** What `publish` would allow, and must not. */
  neverPublish: string[];
  subscribe: string[];
}

/**
 * Where a service hears answers. Nobody else may subscribe to it, so none reads what another was told. `_INBOX`, where every
 * client listens that was told nothing, is left to those that are not ours.
 */
export const inboxPrefixOf = (user: string): string => `_INBOX_${user}`;

const HEALTH = `KV_${HEALTH_BUCKET}`;
const subjectsOf = new Map(streams(0, 1).map((stream) => [stream.name, stream.subjects]));
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

/** Pulls from durable consumers, and says what became of each message. */
function consumes(...names: string[]): string[] {
  return names.flatMap((name) => [`$JS.API.CONSUMER.MSG.NEXT.${name}.*`, ...acks(name)]);
}

/** The second form is that of a server with a domain (NATS ADR-15). */
function acks(name: string): string[] {
  return [`$JS.ACK.${name}.>`, `$JS.ACK.*.*.${name}.>`];
}

/** Makes consumers, and removes them. */
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

/** Counts what there is. */
function counts(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.INFO.${name}`);
}

/** Deletes single messages. */
function deletesFrom(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.MSG.DELETE.${name}`);
}

/** Takes back what it has stored itself: nobody else writes there. */
function takesBackFrom(...names: string[]): string[] {
  return names.map((name) => `$JS.API.STREAM.PURGE.${name}`);
}

/** Answers a user's requests. Each is named: a user that may answer anybody can be made to write anywhere (ADR 10). */
function answers(...users: string[]): string[] {
  return users.map((user) => `${inboxPrefixOf(user)}.>`);
}

function namesOfDurables(stream: string): string[] {
  const durables = durableConsumers().filter((durable) => durable.stream === stream);
  return durables.map(({ config }) => config.durable_name);
}

/** Whoever may make consumers of a stream could change its durable ones, which only their names tell apart. */
function changesDurablesOf(stream: string): string[] {
  return namesOfDurables(stream).flatMap((name) => [
    `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.${name}`,
  ]);
}

/** And could drain them. */
function consumesDurablesOf(stream: string): string[] {
  return namesOfDurables(stream).flatMap((name) => [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, ...acks(`${stream}.${name}`)]);
}

function service(name: string, rights: Partial<Omit<NatsUser, 'name'>>): NatsUser {
  const { publish = [], neverPublish = [], subscribe = [] } = rights;
  return { name, publish, neverPublish, subscribe: [...subscribe, `${inboxPrefixOf(name)}.>`] };
}

const ASKED_OF_DISPATCH = ['dispatch.applied.*', 'dispatch.test.*'];

/** CRM services publish events and hear what admins are told. Their clients were told nothing of inboxes. */
const crm = service('crm', { publish: stores('INGRESS'), subscribe: [...stores('NOTIFICATIONS'), '_INBOX.>'] });

/**
 * Every user of the NATS server, and the only place that says what each may do: the launcher, the tests and what is deployed
 * make their configuration of it. Only `provision` makes streams; nobody deletes one, and nobody empties one but of what is its own.
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
    subscribe: ['subscriptions.>'],
  }),
  service('ingestion', {
    publish: [
      ...consumes('INGRESS'),
      ...stores('EVENTS', 'REJECTED', 'INBOUND'),
      ...follows('WEBHOOKS'),
      ...looksUp('WEBHOOKS', 'EVENTS', 'INBOUND'),
      ...answers('gateway'),
    ],
    subscribe: ['ingestion.>'],
  }),
  service('dispatch', {
    publish: [
      ...consumes('EVENTS', 'RETRIES', 'LANES', 'REPLAYS'),
      ...makesConsumers('LANES', 'REPLAYS'),
      ...stores('RETRIES', 'LANES', 'FACTS', 'PARKED', HEALTH, RECORDS),
      ...follows('WEBHOOKS', 'EVENTS', 'FACTS', 'ERASED', HEALTH),
      ...looksUp('EVENTS', 'RETRIES', 'LANES', 'FACTS', RECORDS),
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
    subscribe: ['delivery_log.>'],
  }),
  service('gateway', { publish: ['subscriptions.>', 'ingestion.>', 'delivery_log.>', ...follows('FACTS')] }),
  crm,
];

const SHOWN = ['REJECTED', 'EVENTS', 'FACTS', 'NOTIFICATIONS'];

/**
 * Whoever connects without a name to the server of `npm start`, which only this machine reaches: what CRM services may, and
 * for people and their tools to look at everything and to read those streams that nothing is taken out of.
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
    // What clients need to make a consumer without a name, to ack, and to be pushed to.
    ...SHOWN.flatMap((name) => [`$JS.API.CONSUMER.CREATE.${name}`, ...acks(name), `$JS.FC.${name}.>`]),
  ],
  neverPublish: [...changesDurablesOf('EVENTS'), ...consumesDurablesOf('EVENTS')],
  subscribe: [...stores('NOTIFICATIONS'), '_INBOX.>'],
};
