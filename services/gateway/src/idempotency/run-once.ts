import { createHash } from 'node:crypto';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';
import { inRequestContext, type RequestContext } from '#libs/service/src/request-context';
import type { Caller } from '../keys/caller.js';

/** What Stripe's and Svix's clients send fits. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** The operator has no account; nobody else's id begins with this. */
const OPERATOR = '_operator';

/** A request with an Idempotency-Key. */
export interface KeyedRequest {
  caller: Caller;
  key: string;
  /** All that tells it from another request. */
  text: string;
  /** What HTTP answers when it succeeds. Asked again when it has. */
  status: () => number;
}

type Begun = { claim: string } | { status: number; answer: string };

/**
 * Handles a request, or gives the answer of the time it was handled before, within 24 hours. Only success is kept: what failed
 * may be sent again. Throws `idempotency_key_reused`, and `idempotency_key_in_use` while the first one runs.
 */
export async function runOnce(
  asker: Asker,
  { caller: { accountId, keyId }, key, text, status }: KeyedRequest,
  handle: () => Promise<unknown>,
): Promise<{ answer: unknown; replayedStatus: number | null }> {
  if (!KEY.test(key)) throw new Problem('bad_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
  const run = { accountId: accountId || OPERATOR, key, claim: '', status: status() };
  const fingerprint = createHash('sha256').update(text).digest('base64url');
  const begun = await asker.ask<Begun>('subscriptions.idempotency.begin', { accountId: run.accountId, key, fingerprint });
  if ('answer' in begun) return { answer: JSON.parse(begun.answer) as unknown, replayedStatus: begun.status };
  run.claim = begun.claim;
  const context: RequestContext = { actor: keyId, idempotency: run };
  try {
    const answer = await inRequestContext(context, handle);
    // Not kept, because NATS went away: the answer is true all the same.
    const ended = { run: { ...run, status: status() }, answer: JSON.stringify(answer) };
    await asker.ask('subscriptions.idempotency.end', ended).catch(() => undefined);
    return { answer, replayedStatus: null };
  } catch (error) {
    await asker.ask('subscriptions.idempotency.release', { run }).catch(() => undefined);
    throw error;
  }
}
