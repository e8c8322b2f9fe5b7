import type { DeliveryStatus } from '#libs/api/src/delivery.dto';
import type { ExplainedOutcome, ExplainedStep, ExplainedStepView, ExplainedWebhookView } from '#libs/api/src/explain.dto';
import type { WebhookHistory } from '#libs/contracts/src/webhook-history';
import { deletedAt, disabledAfter, disabledSince, pauseAt } from './condition-then.js';
import { howMatched, whyNotMatched, type ExplainedEvent } from './was-it-matched.js';
import { because, utc } from './phrases.js';

/** An attempt in the log. */
export interface PastAttempt {
  number: number;
  atMs: number;
  trigger: string;
  statusCode: number | null;
  error: string | null;
  responseTimeMs: number;
  nextAttemptAtMs: number | null;
}

/** A decision without an attempt. */
export interface PastDecision {
  atMs: number;
  kind: 'held' | 'failed' | 'cancelled';
  reason: string | null;
  number: number | null;
  isManual: boolean;
}

/** A delivery of the event to the webhook: its last state and, when asked for, its story. */
export interface PastDelivery {
  createdAtMs: number;
  replayId: string | null;
  status: DeliveryStatus;
  reason: string | null;
  attempts: number;
  responseCode: number | null;
  nextAttemptAtMs: number | null;
  updatedAtMs: number;
  story: { attempts: PastAttempt[]; decisions: PastDecision[] };
}

const OUTCOMES: Record<DeliveryStatus, ExplainedOutcome> = {
  success: 'delivered',
  pending: 'pending',
  pending_retry: 'pending',
  held: 'held',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** Explains an event for a webhook, in a sentence and step by step. `deliveries`, oldest first: the event's own, then replays. */
export function explain(
  event: ExplainedEvent,
  webhook: WebhookHistory,
  deliveries: PastDelivery[],
): Required<ExplainedWebhookView> {
  const stored = step(event.storedAtMs, 'stored', `The event ${event.event} was stored.`);
  const of = { webhook_id: webhook.id, name: webhook.name };
  const refusal = deliveries.some(({ replayId }) => replayId === null) ? null : whyNotMatched(event, webhook);
  const matching =
    refusal === null
      ? step(event.storedAtMs, 'matched', howMatched(event, webhook))
      : step(event.storedAtMs, refusal.type, refusal.message);
  const erased = event.erasedAtMs === null ? [] : [step(event.erasedAtMs, 'erased', 'The payload was erased.')];
  const steps = [stored, matching, ...deliveries.flatMap((delivery) => stepsOf(delivery, webhook)), ...erased];
  // One success is the outcome, whatever the other deliveries did.
  const telling = deliveries.findLast(({ status }) => status === 'success') ?? deliveries.at(-1);
  if (telling) return { ...of, outcome: OUTCOMES[telling.status], summary: summaryOf(telling, webhook), steps };
  if (refusal === null) return { ...of, outcome: 'pending', summary: 'Matched. The delivery is on its way.', steps };
  return { ...of, outcome: 'not_matched', summary: `Not sent. ${refusal.message}`, steps };
}

function summaryOf(delivery: PastDelivery, webhook: WebhookHistory): string {
  const { status, reason, attempts, responseCode, nextAttemptAtMs, updatedAtMs, replayId } = delivery;
  const after = `after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const lastly = responseCode === null ? '' : `, the last answered with ${responseCode}`;
  switch (status) {
    case 'success':
      return `Delivered at ${utc(updatedAtMs)}${replayId === null ? '' : ', by a replay'}${attempts > 1 ? ` ${after}` : ''}.`;
    case 'pending':
      return 'On its way: waiting for its turn.';
    case 'pending_retry':
      return `Waiting for the next attempt at ${utc(nextAttemptAtMs ?? updatedAtMs)}, ${after}${lastly}.`;
    case 'held':
      return `Held: ${pauseOf(webhook, updatedAtMs)}.`;
    case 'failed':
      if (reason === 'erased' || attempts === 0) return `Failed: ${FAILURES[reason ?? ''] ?? 'no attempt was left'}.`;
      return `Failed ${after}${lastly}.`;
    case 'cancelled':
      return cancellationOf(reason, webhook, updatedAtMs);
  }
}

/** Lists steps in the order of their times. After a crash the log may repeat a decision: without an attempt in between it is one step. */
function stepsOf({ createdAtMs, replayId, story }: PastDelivery, webhook: WebhookHistory): ExplainedStepView[] {
  const told = [
    ...story.attempts.map((attempt) => ({ atMs: attempt.atMs, kind: 'attempt', step: attemptStep(attempt, webhook) })),
    ...story.decisions.map((decision) => ({ atMs: decision.atMs, kind: decision.kind, step: decisionStep(decision, webhook) })),
  ].sort((one, other) => one.atMs - other.atMs);
  const steps = told.filter(({ kind }, n) => kind === 'attempt' || kind !== told[n - 1]?.kind).map((one) => one.step);
  return replayId === null ? steps : [step(createdAtMs, 'replayed', `Sent again by the replay ${replayId}.`), ...steps];
}

const TRIGGERS: Record<string, string> = {
  manual: ', requested manually,',
  release: ', after its release,',
  replay: ', of the replay,',
};

function attemptStep(attempt: PastAttempt, webhook: WebhookHistory): ExplainedStepView {
  const { number, atMs, trigger, statusCode, error, responseTimeMs, nextAttemptAtMs } = attempt;
  const which = `Attempt ${number}${TRIGGERS[trigger] ?? ''}`;
  if (error !== null) return failedStep(attempt, `${which} failed: ${error.slice(error.indexOf(':') + 2)}`);
  const answered = `${which} was answered with ${statusCode} in ${responseTimeMs} ms`;
  if (statusCode! >= 200 && statusCode! < 300) return step(atMs, 'succeeded', `${answered}.`);
  if (statusCode !== GONE || nextAttemptAtMs !== null) return failedStep(attempt, answered);
  const disabledAtMs = disabledAfter(webhook, atMs);
  const disabled = disabledAtMs === null ? 'the webhook is disabled' : `the webhook was disabled at ${utc(disabledAtMs)}`;
  return step(atMs, 'failed', `${answered}. The receiver is gone, so ${disabled}.`);
}

const GONE = 410;

function failedStep({ atMs, trigger, nextAttemptAtMs }: PastAttempt, message: string): ExplainedStepView {
  if (nextAttemptAtMs !== null)
    return step(atMs, 'retried', `${message}. The next attempt was scheduled for ${utc(nextAttemptAtMs)}.`);
  return step(
    atMs,
    'failed',
    `${message}. ${trigger === 'manual' ? 'No other attempt was scheduled' : 'It was the last attempt'}.`,
  );
}

function decisionStep({ atMs, kind, reason, number, isManual }: PastDecision, webhook: WebhookHistory): ExplainedStepView {
  switch (kind) {
    case 'held': {
      const place = number === null ? '' : ` at position ${number}`;
      const asked = isManual ? 'An attempt was requested manually. ' : '';
      const why = reason === 'paused' ? capital(pauseOf(webhook, atMs)) : (WAITS[reason ?? ''] ?? 'The delivery had to wait');
      return step(atMs, 'held', `${asked}${why}: held${place}.`);
    }
    case 'cancelled':
      return step(atMs, 'cancelled', cancellationOf(reason, webhook, atMs));
    case 'failed':
      return step(atMs, 'failed', `Ended as failed: ${FAILURES[reason ?? ''] ?? 'no attempt was left'}.`);
  }
}

const WAITS: Record<string, string> = {
  ordered: 'Earlier deliveries were waiting, and the webhook keeps their order',
  throttled: 'The webhook was at its request limit, or its receiver had asked to wait',
  slow: 'The receiver had not answered earlier requests',
};

const FAILURES: Record<string, string> = {
  expired: 'it waited longer than the limit of 30 days',
  erased: 'the event was erased',
  gone: 'the receiver answered 410 Gone',
};

function cancellationOf(reason: string | null, webhook: WebhookHistory, atMs: number): string {
  switch (reason) {
    case 'webhook_deleted':
      return `Cancelled because the webhook was deleted${at(deletedAt(webhook))}.`;
    case 'webhook_disabled':
      return `Cancelled because the webhook was disabled${at(disabledSince(webhook, atMs))}.`;
    default:
      return 'Cancelled by a user.';
  }
}

function pauseOf(webhook: WebhookHistory, atMs: number): string {
  const pause = pauseAt(webhook, atMs);
  if (pause === null) return 'the webhook was paused';
  const { fromMs, toMs, reason } = pause;
  return toMs === null
    ? `the webhook has been paused since ${utc(fromMs)} ${because(reason)}`
    : `the webhook was paused from ${utc(fromMs)} to ${utc(toMs)} ${because(reason)}`;
}

function at(ms: number | null): string {
  return ms === null ? '' : ` at ${utc(ms)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function step(atMs: number, type: ExplainedStep, message: string): ExplainedStepView {
  return { at: new Date(atMs).toISOString(), type, message };
}
