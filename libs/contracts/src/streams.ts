import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { PARTITIONS, subjects } from './subjects.js';
import { DAY_MS } from './time.js';

/** Nothing may wait longer. Events are kept two days more, so every waiting delivery finds its event. */
export const WAITS_MAX_MS = 30 * DAY_MS;
export const KEPT_MS = WAITS_MAX_MS + 2 * DAY_MS;

/** Window in which the same external id has no second effect. Each id in it costs memory in the server (docs/adr/0009). */
const INBOUND_SEEN_MS = 7 * DAY_MS;

/** The largest message. An event is at most 256 KiB; the rest is for a batch of 100 facts with their answers. */
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
 * Switches the comparison of message ids off: servers from 2.14 on do so for a stream with a source and without a window. The
 * source here never has a message. Older servers compare, for 100 ms at least.
 */
function withoutDuplicates(natsVersion: string): Partial<StreamDeclaration> {
  const [major = 0, minor = 0] = natsVersion.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 14)) return { duplicate_window: nanos(100) };
  return { duplicate_window: 0, sources: [{ name: 'INBOUND', filter_subject: subjects.inboundSeen('none', 'none') }] };
}

/**
 * Every stream, in the order data flows. Within `dedupWindowMs` (TIDINGS_DEDUP_WINDOW) the same event id is one event.
 * `replicas` is 1 on a single server, 3 in a cluster. `natsVersion`: `2.15.1`.
 */
export function streams(dedupWindowMs: number, replicas: number, natsVersion: string): StreamDeclaration[] {
  return [
    // ingestion → ingestion: marks of the external ids of inbound webhooks. A second mark replaces the first, which is equal.
    // Message ids would save nothing and cost memory.
    stream({
      name: 'INBOUND',
      subjects: ['inbound_seen.*.*'],
      retention: RetentionPolicy.Limits,
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.Old,
      max_age: nanos(INBOUND_SEEN_MS),
      duplicate_window: nanos(100),
    }),
    // CRM services → ingestion. Event ids are unique per account, Nats-Msg-Id per stream: two accounts' events with the same
    // id would hide each other here. EVENTS tells accounts apart.
    stream({ name: 'INGRESS', subjects: ['crm.>'], retention: RetentionPolicy.Workqueue, ...withoutDuplicates(natsVersion) }),
    // ingestion → delivery-log: rejected events, and which of them a person sent again
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
      // With discard new, the second state of a webhook would be refused instead of replacing the first.
      discard: DiscardPolicy.Old,
    }),
    // dispatch → dispatch: deliveries that wait for their time
    stream({ name: 'RETRIES', subjects: ['retry.*.*'], retention: RetentionPolicy.Workqueue }),
    // dispatch → dispatch: deliveries that wait for their webhook
    stream({ name: 'LANES', subjects: ['lane.*.*'], retention: RetentionPolicy.Workqueue }),
    // delivery-log → dispatch: requests of a person
    stream({ name: 'REPLAYS', subjects: ['manual.*.*', 'replay.*.*.*'], retention: RetentionPolicy.Workqueue }),
    // dispatch → delivery-log; dispatch itself reads them to recover
    stream({ name: 'FACTS', subjects: ['fact.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
    // delivery-log → delivery-log, dispatch: erasures, kept as long as anything that was stored before them
    stream({ name: 'ERASED', subjects: ['erased.*.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
    // subscriptions → anybody: notifications for admins
    stream({
      name: 'NOTIFICATIONS',
      subjects: ['notifications.*.>'],
      retention: RetentionPolicy.Limits,
      max_age: nanos(KEPT_MS),
    }),
    // any service → an operator: unreadable messages of our own
    stream({ name: 'PARKED', subjects: ['parked.*'], retention: RetentionPolicy.Limits, max_age: nanos(KEPT_MS) }),
  ].map((declaration) => ({ ...declaration, num_replicas: replicas }));
}

/** A consumer that exists as long as its stream does. Consumers of lanes and replays come and go with their messages. */
export interface DurableConsumer {
  stream: string;
  config: Partial<ConsumerConfig> & { durable_name: string };
}

/** The one priority group of a pinned consumer. */
export const OWNER_GROUP = 'owner';

/** How long the server keeps a consumer for an owner that has stopped asking. A take-over was measured at 2.6 s after a death. */
const OWNER_TIMEOUT_MS = 3_000;

/** How long a message may be without ack or `working()` before it is redelivered. */
const ACK_WAIT_MS = 10_000;

/** Makes the server itself enforce that one process at a time reads a consumer. */
export const ownedBy: Partial<ConsumerConfig> = {
  priority_groups: [OWNER_GROUP],
  priority_policy: 'pinned_client',
  priority_timeout: nanos(OWNER_TIMEOUT_MS),
};

/** Common to all our consumers: acks are explicit, and no message is given up. */
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
      // A waiting retry is un-acked until it is due, so only the stream bounds their number.
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
