import type { AttemptRecord } from '#libs/contracts/src/fact';
import type { StoredEvent } from '#libs/contracts/src/stored-event';
import { renderBody } from '#libs/profiles/src/render-body';
import { sealAnswer } from '#libs/signing/src/sealed-answer';
import { signatureHeaders } from '#libs/signing/src/sign-request';
import { Injectable } from '@nestjs/common';
import { dispatchMetrics } from '../metrics.js';
import type { AttemptResult } from '../delivery/attempt-result.js';
import type { AttemptOutcome, Delivery } from '../delivery/delivery.js';
import type { Webhook } from '../directory/webhook.js';
import { Clock } from './clock.js';
import { Secrets } from './secrets.js';
import { TIDINGS_USER_AGENT } from './user-agent.js';
import { WebhookSender, type AttemptAnswer } from './webhook-sender.js';

/** The answer to a request that was made. */
type Answered = Exclude<AttemptAnswer, { kind: 'not_begun' }>;

const NO_SECRETS = new Set(['webhook-id', 'webhook-timestamp']);

/** The log shows this instead of a custom header's value or a signature. */
const MASK = '••••';
/** Our own time-out is logged with the status that the CRMs' documents give it. */
const TIMEOUT_STATUS = 408;

/** Makes one attempt: builds the body, signs it, sends it. The only way to a receiver. */
@Injectable()
export class AttemptHandler {
  constructor(
    private readonly secrets: Secrets,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
  ) {}

  /** Null: `mayBegin` said no, and there was no request. Throws Unopenable. */
  async make(
    webhook: Webhook,
    delivery: Delivery,
    event: StoredEvent,
    mayBegin: () => boolean = () => true,
  ): Promise<AttemptResult | null> {
    const { state } = webhook;
    const { envelope, contentType, dataFields, maskedFields } = state;
    const startedAtMs = this.clock.nowMs();
    const { secrets, headers: custom } = this.secrets.open(state, startedAtMs);
    const body = renderBody(envelope, event, state, contentType, webhook.dataRules);
    const signatures = signatureHeaders({
      secrets,
      profileHeader: state.signatureHeader,
      messageId: event.id,
      timestampSeconds: Math.floor(startedAtMs / 1000),
      body,
    });
    const own: Record<string, string> = {
      'content-type': contentType,
      'user-agent': TIDINGS_USER_AGENT,
      ...(event.traceparent === null ? {} : { traceparent: event.traceparent }),
    };
    const answer = await this.sender.send({
      url: state.url,
      method: state.method,
      headers: { ...custom, ...own, ...signatures },
      body,
      secrets: Object.values(custom),
      timeoutMs: webhook.retryPolicy.timeoutMs,
      mayBegin,
    });
    if (answer.kind === 'not_begun') return null;
    dispatchMetrics.attempts.inc({ result: resultOf(answer) });
    const record: AttemptRecord = {
      number: delivery.attempts + 1,
      atMs: startedAtMs,
      trigger: delivery.trigger,
      url: state.url,
      method: state.method,
      ...recordOf(answer),
      ...(answer.isResent ? { isResent: true } : {}),
      answer: answer.kind === 'answered' ? sealAnswer(event.answerKey, delivery.deliveryId, answer) : null,
      requestHeaders: { ...masked(custom), ...own, ...masked(signatures) },
    };
    return {
      outcome: outcomeOf(answer),
      record,
      recipe: { envelope, contentType, dataFields, maskedFields },
      startedAtMs,
      endedAtMs: startedAtMs + answer.responseTimeMs,
    };
  }
}

function outcomeOf(answer: Answered): AttemptOutcome {
  if (answer.kind === 'unreachable') return { kind: 'unreachable', reason: answer.reason };
  const { statusCode, retryAfterMs } = answer;
  return statusCode >= 200 && statusCode < 300
    ? { kind: 'succeeded', statusCode }
    : { kind: 'refused', statusCode, retryAfterMs };
}

function recordOf(answer: Answered): Pick<AttemptRecord, 'statusCode' | 'error' | 'responseTimeMs'> {
  const { responseTimeMs } = answer;
  if (answer.kind === 'answered') return { statusCode: answer.statusCode, error: null, responseTimeMs };
  const statusCode = answer.reason === 'timeout' ? TIMEOUT_STATUS : null;
  return { statusCode, error: `${answer.reason}: ${answer.detail}`, responseTimeMs };
}

function resultOf(answer: Answered): string {
  return answer.kind === 'answered' ? `${Math.floor(answer.statusCode / 100)}xx` : answer.reason;
}

function masked(headers: Record<string, string>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name in headers) shown[name] = NO_SECRETS.has(name) ? headers[name]! : MASK;
  return shown;
}
