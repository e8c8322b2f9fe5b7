import type { JsMsg, StoredMsg } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';

/** A message as its stream keeps it. */
export interface StreamMessage {
  subject: string;
  seq: number;
  body: Uint8Array;
  /** JetStream's time, ms. */
  storedAtMs: number;
  /** Null when the message has no such header. */
  header: (name: string) => string | null;
}

/** A message that a consumer of the client delivered. */
export function consumedMessage({ subject, data: body, info, headers }: JsMsg): StreamMessage {
  const { streamSequence: seq, timestampNanos } = info;
  return { subject, seq, body, storedAtMs: Math.floor(timestampNanos / 1e6), header: (name) => headers?.get(name) || null };
}

/** A message that the client read by its sequence or subject. */
export function storedMessage({ subject, seq, data: body, time, header: headers }: StoredMsg): StreamMessage {
  return { subject, seq, body, storedAtMs: time.getTime(), header: (name) => headers.get(name) || null };
}

/** Facts about a message that JetStream encodes in the subject of its ack (NATS ADR-15). */
export interface StreamPosition {
  streamSeq: number;
  deliveryCount: number;
  /** Grows by one with each delivery of the consumer to anybody, redeliveries included. */
  consumerSeq: number;
  /** JetStream's time of the message, ms. */
  storedAtMs: number;
  /** Number of messages that wait behind this one. */
  pending: number;
}

/**
 * Reads `$JS.ACK.<domain>.<account>.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>.…`, or
 * the older form without domain and account.
 */
export function streamPosition(msg: Msg): StreamPosition {
  const tokens = (msg.reply ?? '').split('.');
  const at = tokens.length >= 11 ? 6 : 4;
  return {
    deliveryCount: Number(tokens[at]),
    streamSeq: Number(tokens[at + 1]),
    consumerSeq: Number(tokens[at + 2]),
    // Nanoseconds do not fit into a double; milliseconds do.
    storedAtMs: Number((tokens[at + 3] ?? '0').slice(0, -6)),
    pending: Number(tokens[at + 4]),
  };
}
