import { call, type Nothing, type OfAccount } from './call.js';

/** A run of a request that has an Idempotency-Key. */
export interface Claim {
  accountId: string;
  key: string;
  /** Tells this run from others with the same key. */
  claim: string;
}

/** The request may run under `claim`, or it has run, and `answer` is the JSON text that it was answered with. */
export type Begun = { claim: string } | { status: number; answer: string };

export const beginRun = call<OfAccount<{ key: string; fingerprint: string }>, Begun>('subscriptions.idempotency.begin');
export const endRun = call<{ run: Claim & { status: number }; answer: string }, Nothing>('subscriptions.idempotency.end');
export const releaseRun = call<{ run: Claim }, Nothing>('subscriptions.idempotency.release');
