import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Problem } from '#libs/problem/src/problem';

/** The last sequence of each stream, in their order, and the server's time, ms. Throws `unavailable`. */
export async function streamEnds(
  { jsm }: JetStreamConnection,
  ...streams: ('EVENTS' | 'REJECTED' | 'FACTS')[]
): Promise<{ seqs: number[]; nowMs: number }> {
  const infos = await Promise.all(streams.map((stream) => jsm.streams.info(stream))).catch(() => {
    throw new Problem('unavailable', 'NATS does not answer at the moment. Try again.', { retryAfterSeconds: 1 });
  });
  // `ts` is not in the client's types.
  const { ts } = infos[0] as { ts?: string };
  return { seqs: infos.map(({ state }) => state.last_seq), nowMs: Date.parse(ts!) };
}
