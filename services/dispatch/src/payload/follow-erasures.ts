import type { Erasure } from '#libs/contracts/src/erasure';
import { follow } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { StoredEvents } from './stored-events.js';

/** Longer than clocks differ. What was erased before this process began, it has never read. */
const BEFORE_START_MS = 10 * 60_000;

/** What is erased is forgotten here as well; what waits finds that its event is gone. Resolves with what ends it. */
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
