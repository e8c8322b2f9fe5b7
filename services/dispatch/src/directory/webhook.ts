import type { RetryPolicy, WebhookState } from '#libs/contracts/src/webhook-state';
import { compileDataRules, type CompiledDataRules } from '#libs/profiles/src/data-rules';
import { compileFilter, type CompiledFilter } from '#libs/matching/src/filter';
import type { Subscriber } from './event-index.js';

/** A webhook's state, compiled. A change makes a new one. */
export interface Webhook extends Subscriber {
  readonly state: WebhookState;
  readonly filter: CompiledFilter | null;
  readonly dataRules: CompiledDataRules | null;
  /** With the time scale applied. */
  readonly retryPolicy: RetryPolicy;
  /** Events stored before this, ms of JetStream's clock, are not for it. */
  readonly activeSinceMs: number;
}

/**
 * Compiles a webhook. `timeScale` divides every interval of the retry schedule, so that hours can be shown in seconds
 * (TIDINGS_TIME_SCALE). Time-outs and counts stay the same.
 */
export function compileWebhook(state: WebhookState, firstStoredAtMs: number, timeScale: number): Webhook {
  return {
    state,
    accountId: state.accountId,
    patterns: [...new Set(state.events)],
    filter: state.filter === null ? null : compileFilter(state.filter),
    dataRules: compileDataRules(state),
    retryPolicy: { ...state.retryPolicy, intervalsMs: state.retryPolicy.intervalsMs.map((interval) => interval / timeScale) },
    foundBy: 0,
    cameAs: 0,
    activeSinceMs: state.activeSinceMs ?? firstStoredAtMs,
  };
}
