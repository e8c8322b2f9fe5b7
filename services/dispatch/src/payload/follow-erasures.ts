import type { Erasure } from '#libs/contracts/src/erasure';
import { follow } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { StoredEvents } from './stored-events.js';

/** Longer than clocks differ. Events erased before this process began were never read by it. */
const BEFORE_START_MS = 10 * 60_000;

/** Drops erased events from the cache. Deliveries that wait find that their event is gone. Resolves with a function that ends it. */
export async function followErasures(
  { js }: JetStreamConnection,
  events: StoredEvents,
  onProblem: (reason: string, error?: unknown) => void,
): Promise<() => void> {
  const { stop } = await follow(js, {
    stream: 'ERASED',
    filter: 'erased.>',
    startTimeMs: Date.now() - BEFORE_START_MS,
    onMessage({ body }) {
      const erasure = JSON.parse(Buffer.from(body).toString()) as Erasure;
      for (const { seq } of erasure.events) events.forget(seq);
    },
    onProblem,
  });
  return stop;
}
