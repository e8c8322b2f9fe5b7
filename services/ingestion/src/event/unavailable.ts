import { Problem } from '#libs/problem/src/problem';

/** For a client that waits: it is answered within two seconds, so we must know before that. */
export const STORE_WITHIN_MS = 1_400;

/**
 * What a client hears when NATS does not answer, as a `catch`: 503, and that trying again is safe. A mistake of ours is not
 * NATS', and goes on to where it is logged.
 */
export function unavailable(error: unknown): never {
  if ([TypeError, RangeError, SyntaxError].some((mistake) => error instanceof mistake)) throw error;
  throw new Problem('unavailable', 'The event log does not answer. Send it again: with the same id it is one event.', {
    retryAfterSeconds: 1,
  });
}
