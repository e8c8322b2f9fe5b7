import type { Scope } from '#libs/api/src/api-key.dto';

/** Answers within this time reach the client before it stops waiting: a 503 must arrive in less than two seconds. */
const TIMEOUT_MS = 1_800;
/** A change waits for its publication, then at most two seconds for the webhook's owner to apply it. */
export const CHANGE_TIMEOUT_MS = 4_000;

/** Scope that a client's key needs; `operator` for the operator's own key, `account` for any key of an account. */
export type Needed = Scope | 'operator' | 'account';

/** Keeps payload and answer in the type alone: nothing of them exists at run time. */
declare const types: unique symbol;

/**
 * One question between two services. The asker passes the declaration to `Asker.ask`, the answering method carries
 * `@Answers(call)`: a wrong name, payload or answer does not compile.
 */
export interface Call<Payload extends object, Answer> {
  /** NATS subject: `<service>.<noun>.<verb>`. The first segment names the answering service. */
  readonly pattern: string;
  /** After this time without an answer the asker throws `unavailable`. */
  readonly timeoutMs: number;
  /** Null for questions that services ask on their own behalf. */
  readonly needs: Needed | null;
  readonly [types]?: (payload: Payload) => Answer;
}

export function call<Payload extends object, Answer>(
  pattern: string,
  { needs = null, timeoutMs = TIMEOUT_MS }: { needs?: Needed | null; timeoutMs?: number } = {},
): Call<Payload, Answer> {
  return { pattern, timeoutMs, needs };
}

export type PayloadOf<C> = C extends Call<infer Payload, unknown> ? Payload : never;

/** Payload of a call on behalf of an account. */
export type OfAccount<T = unknown> = { accountId: string } & T;
/** Answer of a call that only succeeds or throws. */
export type Nothing = Record<string, never>;
