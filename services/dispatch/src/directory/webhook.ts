import type { RetryPolicy, WebhookForm } from '#libs/contracts/src/webhook-form';
import { compileDataRules, type CompiledDataRules } from '#libs/profiles/src/data-rules';
import { compileFilter, type CompiledFilter } from '#libs/matching/src/filter';
import type { Subscriber } from './event-index.js';

/** A webhook as dispatch works with it: one form, compiled. A change makes a new one. */
export interface Webhook extends Subscriber {
  readonly form: WebhookForm;
  readonly filter: CompiledFilter | null;
  readonly dataRules: CompiledDataRules | null;
  /** With the time scale applied. */
  readonly retryPolicy: RetryPolicy;
  /** Events stored before this, ms of JetStream's clock, are not for it. */
  readonly activeSinceMs: number;
}

/**
 * `timeScale` divides every interval of the schedule, so that hours can be shown in seconds (TIDINGS_TIME_SCALE). This is
 * the only place that knows it; time-outs and counts stay what they are.
 */
export function compileWebhook(form: WebhookForm, firstStoredAtMs: number, timeScale: number): Webhook {
  return {
    form,
    accountId: form.accountId,
    patterns: [...new Set(form.events)],
    filter: form.filter === null ? null : compileFilter(form.filter),
    dataRules: compileDataRules(form),
    retryPolicy: { ...form.retryPolicy, intervalsMs: form.retryPolicy.intervalsMs.map((interval) => interval / timeScale) },
    foundBy: 0,
    cameAs: 0,
    activeSinceMs: form.activeSinceMs ?? firstStoredAtMs,
  };
}
