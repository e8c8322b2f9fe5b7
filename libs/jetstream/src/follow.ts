import { within } from '#libs/timing/src/within';
import {
  DeliverPolicy,
  type ConsumerMessages,
  type JetStreamClient,
  type JsMsg,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import { consumedMessage, type StreamMessage } from './stream-message.js';

/**
 * Options of an ordered consumer. After a restart of NATS the consumer is gone, and the client notices by two missing heartbeats.
 * With the default heartbeat of 15 s, a reader would be deaf for half a minute.
 */
export const orderedReading = { max_messages: 1_000, expires: 5_000, idle_heartbeat: 1_000 } as const;

/** Reading to the end takes seconds at most. A reader that takes longer has lost its server. */
const READ_WITHIN_MS = 20_000;

/** Reads a stream from a position to its present end, or to `endSeq`, and stops. Throws when it does not get there in time. */
export async function readToEnd(js: JetStreamClient, options: FollowOptions): Promise<void> {
  const { caughtUp, stop } = await follow(js, options);
  try {
    await within(READ_WITHIN_MS, caughtUp, `${options.stream} could not be read to its end in time`);
  } finally {
    stop();
  }
}

export interface FollowOptions {
  stream: string;
  /** One subject. It is part of the request's own subject, so permissions can name it. */
  filter: string;
  /** First sequence, or earliest time; without either, the stream is read from its beginning. */
  startSeq?: number;
  startTimeMs?: number;
  /** Last sequence; without it, following never ends. */
  endSeq?: number;
  onMessage: (message: StreamMessage) => void;
  /** Called for a message that `onMessage` threw for. It is passed over: one message must not stop all others. */
  onProblem: (reason: string, error: unknown) => void;
}

/**
 * Follows a stream in order, for ever, without acks, to build state in memory. `caughtUp` resolves when every message that was
 * stored at the start was handed over.
 */
export async function follow(
  js: JetStreamClient,
  options: FollowOptions,
): Promise<{ caughtUp: Promise<void>; stop: () => void }> {
  const position = startOf(options);
  const { endSeq = Infinity } = options;
  const consumer = await js.consumers.get(options.stream, { filter_subjects: options.filter, ...position });
  const info = await consumer.info(true);
  let remaining = info.num_pending;
  let resolveCaughtUp: () => void = () => undefined;
  const caughtUp = new Promise<void>((resolve) => (resolveCaughtUp = resolve));
  if (remaining === 0) resolveCaughtUp();
  const messages: ConsumerMessages = await consumer.consume({
    ...orderedReading,
    callback: (msg: JsMsg) => {
      const { streamSequence } = msg.info;
      if (streamSequence <= endSeq) {
        try {
          options.onMessage(consumedMessage(msg));
        } catch (error) {
          options.onProblem(`message ${streamSequence} of ${options.stream} cannot be read and was passed over`, error);
        }
      }
      if ((remaining > 0 && --remaining === 0) || streamSequence >= endSeq) resolveCaughtUp();
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
