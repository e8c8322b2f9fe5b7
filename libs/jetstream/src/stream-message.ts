import type { Msg } from '@nats-io/transport-node';

/** What JetStream says about a message in the subject that its ack goes to (NATS ADR-15). */
export interface StreamPosition {
  streamSeq: number;
  deliveryCount: number;
  /** One more with each message that its consumer delivers to anybody, for the first time or again. */
  consumerSeq: number;
  /** JetStream's time of the message, ms. */
  storedAtMs: number;
  /** How many messages wait behind this one. */
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
