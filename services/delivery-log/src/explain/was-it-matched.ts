import type { ExplainedStep } from '#libs/api/src/explain.dto';
import { MOMENT_OF_CHANGE_MS, type PastState, type WebhookHistory } from '#libs/contracts/src/webhook-history';
import { patternsOf } from '#libs/matching/src/event-pattern';
import type { FilterSubject } from '#libs/matching/src/filter';
import { explainFilter } from '#libs/matching/src/filter-explanation';
import { stateAt } from './condition-then.js';
import { because, utc } from './phrases.js';

/** An event as matching sees it. */
export interface ExplainedEvent extends FilterSubject {
  storedAtMs: number;
  /** Time at which its payload was erased. */
  erasedAtMs: number | null;
}

/** Reason why a webhook did not match an event. */
export interface Refusal {
  type: ExplainedStep;
  message: string;
}

const PATTERNS_SHOWN_MAX = 10;

/**
 * Explains why an event without a delivery did not match a webhook. Null: as far as is known it matches, and its delivery is on its
 * way. Dispatch matches the webhook's state at the moment when it reads the event: usually at once, later after an outage.
 */
export function whyNotMatched(event: ExplainedEvent, webhook: WebhookHistory): Refusal | null {
  const { storedAtMs } = event;
  if (webhook.activeSinceMs > storedAtMs)
    return { type: 'made_later', message: `The webhook was created at ${utc(webhook.activeSinceMs)}, after the event.` };
  const state = stateAt(webhook, storedAtMs);
  if (state === null)
    return { type: 'unknown', message: 'The state of the webhook at that time is unknown. Its changes are kept for 32 days.' };
  const refusal = refusalBy(state, event);
  if (refusal !== null) return refusal;
  const later = webhook.states.find((one) => one.atMs > storedAtMs && refusalBy(one, event) !== null);
  if (later) return changed(later, 'before the event was matched', later, event);
  const before = state.atMs > storedAtMs - MOMENT_OF_CHANGE_MS ? webhook.states[webhook.states.indexOf(state) - 1] : undefined;
  if (before === undefined || refusalBy(before, event) === null) return null;
  return changed(state, 'at the moment of the event, which still met the previous state', before, event);
}

function changed({ atMs }: PastState, when: string, refusing: PastState, event: ExplainedEvent): Refusal {
  return { type: 'changed', message: `The webhook was changed at ${utc(atMs)}, ${when}. ${refusalBy(refusing, event)!.message}` };
}

/** Says which of the webhook's patterns matched an event. */
export function howMatched(event: ExplainedEvent, webhook: WebhookHistory): string {
  const state = stateAt(webhook, event.storedAtMs);
  const taking = [...(state === null ? [] : [state]), ...webhook.states].find((one) => refusalBy(one, event) === null);
  if (!taking) return 'The webhook was subscribed to this type.';
  const patterns = taking.events.filter((pattern) => patternsOf(event.event).includes(pattern));
  return `The webhook is subscribed to ${patterns.join(', ')}${taking.filter === null ? '.' : ', and its filter passed the event.'}`;
}

function refusalBy(state: PastState, event: ExplainedEvent): Refusal | null {
  if (state.isDeleted) return { type: 'deleted', message: `The webhook was deleted at ${utc(state.atMs)}.` };
  if (state.status === 'disabled')
    return {
      type: 'disabled',
      message: `The webhook was disabled at ${utc(state.statusSinceMs)} ${because(state.statusReason)}.`,
    };
  if (!patternsOf(event.event).some((pattern) => state.events.includes(pattern)))
    return { type: 'not_subscribed', message: notSubscribed(state.events, event.event) };
  if (state.filter === null) return null;
  if (event.erasedAtMs !== null)
    return {
      type: 'unknown',
      message: `The payload was erased at ${utc(event.erasedAtMs)}. Whether the filter passed it is unknown.`,
    };
  const { because: clause } = explainFilter(state.filter, event, '/filter');
  return clause === null ? null : { type: 'filtered', message: `Filter clause ${clause}.` };
}

function notSubscribed(patterns: string[], type: string): string {
  const shown = patterns.slice(0, PATTERNS_SHOWN_MAX).join(', ');
  const more = patterns.length - PATTERNS_SHOWN_MAX;
  // `*` does not include Tidings' own types.
  const hint = patterns.includes('*') ? `. Name ${type} itself: * includes only events of the CRM` : '';
  return `The webhook is not subscribed to this type, only to ${shown}${more > 0 ? ` and ${more} more` : ''}${hint}.`;
}
