import type { ExplainedStep } from '#libs/api/src/explain.dto';
import { MOMENT_OF_CHANGE_MS, type PastState, type WebhookHistory } from '#libs/contracts/src/webhook-history';
import { patternsOf } from '#libs/matching/src/event-pattern';
import type { FilterSubject } from '#libs/matching/src/filter';
import { explainFilter } from '#libs/matching/src/filter-explanation';
import { stateAt } from './condition-then.js';
import { because, utc } from './phrases.js';

/** An event as far as matching looks at it. */
export interface ExplainedEvent extends FilterSubject {
  storedAtMs: number;
  /** Its data is not there any more. */
  erasedAtMs: number | null;
}

/** Why a webhook does not get an event. */
export interface Refusal {
  type: ExplainedStep;
  message: string;
}

const PATTERNS_SHOWN_MAX = 10;

/**
 * Why an event of which no delivery is known did not come to a webhook; null: as far as can be told it matches, and is on its
 * way. Dispatch matches what the webhook is when it reads the event: normally at once, after an outage later.
 */
export function whyNotMatched(event: ExplainedEvent, webhook: WebhookHistory): Refusal | null {
  const { storedAtMs } = event;
  if (webhook.activeSinceMs > storedAtMs)
    return { type: 'made_later', message: `The webhook was made at ${utc(webhook.activeSinceMs)}, after the event.` };
  const state = stateAt(webhook, storedAtMs);
  if (state === null)
    return { type: 'unknown', message: 'What the webhook was at that time is not known: its changes are kept for 32 days.' };
  const refusal = refusalBy(state, event);
  if (refusal !== null) return refusal;
  const later = webhook.states.find((one) => one.atMs > storedAtMs && refusalBy(one, event) !== null);
  if (later) return changed(later, 'before the event was matched', later, event);
  const before = state.atMs > storedAtMs - MOMENT_OF_CHANGE_MS ? webhook.states[webhook.states.indexOf(state) - 1] : undefined;
  if (before === undefined || refusalBy(before, event) === null) return null;
  return changed(state, 'in the moment when the event came, which met what it was before', before, event);
}

function changed({ atMs }: PastState, when: string, refusing: PastState, event: ExplainedEvent): Refusal {
  return { type: 'changed', message: `The webhook was changed at ${utc(atMs)}, ${when}. ${refusalBy(refusing, event)!.message}` };
}

/** What of a webhook took an event that it got. */
export function howMatched(event: ExplainedEvent, webhook: WebhookHistory): string {
  const state = stateAt(webhook, event.storedAtMs);
  const taking = [...(state === null ? [] : [state]), ...webhook.states].find((one) => refusalBy(one, event) === null);
  if (!taking) return 'The webhook took events of this type.';
  const patterns = taking.events.filter((pattern) => patternsOf(event.event).includes(pattern));
  return `The webhook takes ${patterns.join(', ')}${taking.filter === null ? '.' : ', and its filter let the event through.'}`;
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
      message: `The payload was erased at ${utc(event.erasedAtMs)}: what the filter said of it is not known.`,
    };
  const { because: clause } = explainFilter(state.filter, event, '/filter');
  return clause === null ? null : { type: 'filtered', message: `Filter clause ${clause}.` };
}

function notSubscribed(patterns: string[], type: string): string {
  const shown = patterns.slice(0, PATTERNS_SHOWN_MAX).join(', ');
  const more = patterns.length - PATTERNS_SHOWN_MAX;
  // Tidings' own types are not among what `*` stands for.
  const hint = patterns.includes('*') ? `; ${type} must be named, because * stands for what the CRM publishes` : '';
  return `Not subscribed to this type: it takes ${shown}${more > 0 ? ` and ${more} more` : ''}${hint}.`;
}
