import { Problem } from '#libs/problem/src/problem';

/** How long a message may take to be stored while a client waits, who is answered within two seconds. */
export const STORE_WITHIN_MS = 1_400;

/**
 * Turns a failure of NATS into `unavailable`, as a `catch`: sending again is safe. A programming error is thrown on, to where
 * it is logged.
 */
export function unavailable(error: unknown): never {
  if ([TypeError, RangeError, SyntaxError].some((mistake) => error instanceof mistake)) throw error;
  throw new Problem('unavailable', 'The event log does not answer. Send it again: with the same id it is one event.', {
    retryAfterSeconds: 1,
  });
}
