import { createHash } from 'node:crypto';
import { beginRun, endRun, releaseRun } from '#libs/contracts/src/calls/idempotency';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';
import { inRequestContext, type RequestContext } from '#libs/service/src/request-context';
import type { Caller } from '../keys/caller.js';

/** Long enough for the keys that Stripe's and Svix's clients send. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** The operator has no account. No account's id begins with an underscore. */
const OPERATOR = '_operator';

/** A request with an Idempotency-Key. */
export interface KeyedRequest {
  caller: Caller;
  key: string;
  /** Everything that distinguishes it from another request. */
  text: string;
  /** The HTTP status of success. Read again after the handler has run, which may set it. */
  status: () => number;
}

/**
 * Handles a request, or returns the answer of its first run within the last 24 hours. Only a success is kept, so a failed
 * request can be sent again. Throws `idempotency_key_reused`, and `idempotency_key_in_use` while the first run lasts.
 */
export async function runOnce(
  asker: Asker,
  { caller: { accountId, keyId }, key, text, status }: KeyedRequest,
  handle: () => Promise<unknown>,
): Promise<{ answer: unknown; replayedStatus: number | null }> {
  if (!KEY.test(key)) throw new Problem('bad_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
  const run = { accountId: accountId || OPERATOR, key, claim: '', status: status() };
  const fingerprint = createHash('sha256').update(text).digest('base64url');
  const begun = await asker.ask(beginRun, { accountId: run.accountId, key, fingerprint });
  if ('answer' in begun) return { answer: JSON.parse(begun.answer) as unknown, replayedStatus: begun.status };
  run.claim = begun.claim;
  const context: RequestContext = { actor: keyId, idempotency: run };
  try {
    const answer = await inRequestContext(context, handle);
    // The request has succeeded even if NATS is away now and its answer cannot be kept.
    const ended = { run: { ...run, status: status() }, answer: JSON.stringify(answer) };
    await asker.ask(endRun, ended).catch(() => undefined);
    return { answer, replayedStatus: null };
  } catch (error) {
    await asker.ask(releaseRun, { run }).catch(() => undefined);
    throw error;
  }
}
