import { DeliverPolicy, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';

export interface SomeOptions {
  stream: string;
  /** One subject, as in FollowOptions. */
  filter: string;
  startSeq: number;
  /** Last sequence. */
  endSeq: number;
  max: number;
}

/** Reading ends early when no message comes for this long. */
const EXPIRES_MS = 2_000;

/** Reads the next messages in order, at most `max`. `isEnd`: no more follow up to `endSeq`. */
export async function readSome(
  js: JetStreamClient,
  { stream, filter, startSeq, endSeq, max }: SomeOptions,
): Promise<{ messages: JsMsg[]; isEnd: boolean }> {
  const consumer = await js.consumers.get(stream, {
    filter_subjects: filter,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: startSeq,
  });
  try {
    const { num_pending: pending } = await consumer.info();
    const messages: JsMsg[] = [];
    if (startSeq > endSeq || pending === 0) return { messages, isEnd: true };
    const wanted = Math.min(max, pending);
    for await (const msg of await consumer.fetch({ max_messages: wanted, expires: EXPIRES_MS })) {
      if (msg.info.streamSequence > endSeq) return { messages, isEnd: true };
      messages.push(msg);
      if (messages.length === wanted) break;
    }
    return { messages, isEnd: messages.length === pending };
  } finally {
    // Otherwise the server would keep each of these consumers for five minutes.
    await consumer.delete();
  }
}
