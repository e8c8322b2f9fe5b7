import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { PARTITIONS, subjects } from './subjects.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Nothing may wait longer; what it refers to is kept two days more. */
export const WAITS_MAX_MS = 30 * DAY_MS;
export const KEPT_MS = WAITS_MAX_MS + 2 * DAY_MS;

/** So long the same external id has no second effect. Each id of that time costs memory in the server (docs/adr/0009). */
const INBOUND_SEEN_MS = 7 * DAY_MS;

/** The largest message: an event is at most 256 KiB, a batch of 100 facts with their answers fits into the rest. */
const MESSAGE_BYTES_MAX = 1024 * 1024;

type StreamDeclaration = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects' | 'retention'>;

function stream(declaration: StreamDeclaration): StreamDeclaration {
  return {
    storage: StorageType.File,
    // A full stream refuses at the door; it never drops what it has accepted.
    discard: DiscardPolicy.New,
    duplicate_window: nanos(10 * 60_000),
    max_msg_size: MESSAGE_BYTES_MAX,
    allow_direct: true,
    ...declaration,
  };
}

/**
 * Every stream, in the order data flows. `dedupWindowMs` is how long the same event id is one event
 * (TIDINGS_DEDUP_WINDOW); `replicas` is 1 on a single server, 3 in a cluster.
 */
export function streams(dedupWindowMs: number, replicas: number): StreamDeclaration[] {
  return [
    // CRM services → ingestion. Event ids are unique per account, Nats-Msg-Id per stream: here two accounts' events with
    // one id would hide each other, so the window is the least a server accepts. EVENTS tells accounts apart.
    stream({ name: 'INGRESS', subjects: ['crm.>'], retention: RetentionPolicy.Workqueue, duplicate_window: nanos(100) }),
    // ingestion → ingestion: what the external ids of inbound webhooks have become. A second mark takes the place of the
    // first, which is the same: nothing is gained by remembering message ids as well, and memory is what a mark costs.
    stream({
      name: 'INBOUND',
      subjects: ['inbound_seen.*.*'],
      retention: RetentionPolicy.Limits,
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.Old,
      max_age: nanos(INBOUND_SEEN_MS),
      duplicate_window: nanos(100),
    }),
    // ingestion → delivery-log: what was refused, and what of it a person sent again
    stream({
      name: 'REJECTED',
      subjects: ['rejected.*', 'resent.*'],
      retention: RetentionPolicy.Limits,
      max_age: nanos(KEPT_MS),
    }),
    // ingestion → dispatch, delivery-log
    stream({
      name: 'EVENTS',
      subjects: ['event.*.*.>'],
      retention: RetentionPolicy.Limits,
      max_age: nanos(KEPT_MS),
      duplicate_window: nanos(dedupWindowMs),
    }),
    // subscriptions → ingestion (accounts, inbound webhooks), dispatch (webhooks): the current state of each
    stream({
      name: 'WEBHOOKS',
      subjects: ['account.*.*', 'webhook.*.*.*', 'inbound.*'],
      retention: RetentionPolicy.Limits,
      max_msgs_per_subject: 1,
      // With discard new, a second state of a webhook would be refused instead of taking the first one's place.
      discard: DiscardPolicy.Old,
    }),
    // dispatch → dispatch: waits for its time
    stream({ name: 'RETRIES', subjects: ['retry.*.*'], retention: RetentionPolicy.Workqueue }),
    // dispatch → dispatch: waits for its webhook
    stream({ name: 'LANES', subjects: ['lane.*.*'], retention: RetentionPolicy.Workqueue }),
    // delivery-log → dispatch: asked for by a person
    stream({ name: 'REPLAYS', subjects: ['manual.*.*', 'replay.*.*.*'], retention: RetentionPolicy.Workqueue }),
    // dispatch → delivery-log; dispatch itself, to recover
    stream({ name: 'FACTS', subjects: ['fact.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
    // delivery-log → delivery-log, dispatch: what is to be forgotten, for as long as anything that was stored before is kept
    stream({ name: 'ERASED', subjects: ['erased.*.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
    // subscriptions → whoever wants to know: what admins are told
    stream({
      name: 'NOTIFICATIONS',
      subjects: ['notifications.*.>'],
      retention: RetentionPolicy.Limits,
      max_age: nanos(KEPT_MS),
    }),
    // whoever cannot read a message of ours → an operator
    stream({ name: 'PARKED', subjects: ['parked.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
  ].map((declaration) => ({ ...declaration, num_replicas: replicas }));
}

/** The consumers that exist as long as their stream does. Those of lanes and of replays come and go with what waits there. */
export interface DurableConsumer {
  stream: string;
  config: Partial<ConsumerConfig> & { durable_name: string };
}

/** The one priority group of a pinned consumer. */
export const OWNER_GROUP = 'owner';

/** How long the server keeps a consumer for an owner that has stopped asking. Measured: taken over 2.6 s after a death. */
const OWNER_TIMEOUT_MS = 3_000;

/** How long a message may be without ack or `working()` before it is delivered again. */
const ACK_WAIT_MS = 10_000;

/** Options that make the server itself enforce that one process reads a consumer. */
export const ownedBy: Partial<ConsumerConfig> = {
  priority_groups: [OWNER_GROUP],
  priority_policy: 'pinned_client',
  priority_timeout: nanos(OWNER_TIMEOUT_MS),
};

/** What all our consumers have in common: explicit acks, and never giving up on a message. */
export const consumerDefaults: Partial<ConsumerConfig> = {
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: nanos(ACK_WAIT_MS),
  // A finite number would make a message stop silently.
  max_deliver: -1,
};

/** Every durable consumer, in the order data flows. */
export function durableConsumers(): DurableConsumer[] {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  return [
    { stream: 'INGRESS', config: { ...consumerDefaults, durable_name: 'ingestion', max_ack_pending: 4096 } },
    ...partitions.map((p) => ({
      stream: 'EVENTS',
      config: {
        ...consumerDefaults,
        ...ownedBy,
        durable_name: `dispatch-${p}`,
        filter_subject: `event.${p}.>`,
        max_ack_pending: 1024,
      },
    })),
    ...partitions.map((p) => ({
      stream: 'RETRIES',
      // A waiting retry is un-acked until it is due: the number of them has no bound but the stream's.
      config: {
        ...consumerDefaults,
        ...ownedBy,
        durable_name: `retries-${p}`,
        filter_subject: subjects.retry(p, '*'),
        max_ack_pending: -1,
      },
    })),
    ...partitions.map((p) => ({
      stream: 'REPLAYS',
      config: {
        ...consumerDefaults,
        ...ownedBy,
        durable_name: `manual-${p}`,
        filter_subject: subjects.manual(p, '*'),
        max_ack_pending: 256,
      },
    })),
  ];
}
