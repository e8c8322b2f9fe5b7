import {
  DeliverPolicy,
  type ConsumerMessages,
  type JetStreamClient,
  type JsMsg,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';

export interface FollowOptions {
  stream: string;
  filters: string[];
  /** Read from this sequence on, or from this time on; else from the beginning. */
  startSeq?: number;
  startTimeMs?: number;
  onMessage: (message: { subject: string; body: Uint8Array; seq: number; storedAtMs: number }) => void;
}

/**
 * Follows a stream in order, for ever, without acks: how what is known in memory is read. `caughtUp` resolves when
 * everything that was stored when it began has been handed over.
 */
export async function follow(
  js: JetStreamClient,
  options: FollowOptions,
): Promise<{ caughtUp: Promise<void>; stop: () => void }> {
  const position = startOf(options);
  const consumer = await js.consumers.get(options.stream, { filter_subjects: options.filters, ...position });
  const info = await consumer.info(true);
  let remaining = info.num_pending;
  let resolveCaughtUp: () => void = () => undefined;
  const caughtUp = new Promise<void>((resolve) => (resolveCaughtUp = resolve));
  if (remaining === 0) resolveCaughtUp();
  const messages: ConsumerMessages = await consumer.consume({
    max_messages: 1_000,
    callback: (msg: JsMsg) => {
      const { streamSequence, timestampNanos } = msg.info;
      options.onMessage({
        subject: msg.subject,
        body: msg.data,
        seq: streamSequence,
        storedAtMs: Math.floor(timestampNanos / 1e6),
      });
      if (remaining > 0 && --remaining === 0) resolveCaughtUp();
    },
  });
  return { caughtUp, stop: () => messages.stop() };
}

function startOf({ startSeq, startTimeMs }: FollowOptions): Partial<OrderedConsumerOptions> {
  if (startSeq !== undefined) return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: startSeq };
  if (startTimeMs !== undefined) {
    return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(startTimeMs).toISOString() };
  }
  return { deliver_policy: DeliverPolicy.All };
}
