import type { DeliveryFact } from '#libs/contracts/src/fact';
import { newId } from '#libs/contracts/src/ids';
import type { LogDays } from '#libs/contracts/src/log-days';
import { answerKeyOf } from '#libs/contracts/src/answer-key';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { compileDataRules, underRules } from '#libs/profiles/src/data-rules';
import type { AttemptHandler } from '../attempt/attempt.handler.js';
import type { AttemptResult } from '../delivery/attempt-result.js';
import type { Slots } from '../flow/slots.js';
import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import { compileWebhook } from '../directory/webhook.js';
import type { FactWriter } from '../ledger/fact-writer.js';
import type { StoredEvent } from '#libs/contracts/src/stored-event';

/** A request for test deliveries: a webhook's state, saved or not, and the JSON text of each event's `data`. */
export interface TestRequest {
  state: WebhookState;
  events: { type: string; data: string }[];
  /** The account's log retention; omitted for the longest. */
  logDays?: LogDays;
}

export interface TestResult {
  event: string;
  success: boolean;
  status_code: number | null;
  /** `HTTP 200 OK`, `Failed: 500`, `Failed: connection refused`. */
  message: string;
  response_time_ms: number;
  delivery_id: string;
}

/** Makes test deliveries, with the signing, guard and log of real ones: one attempt, no retry, and no failure is counted. */
export class TestSends {
  constructor(
    private readonly attempts: AttemptHandler,
    private readonly slots: Slots,
    private readonly facts: FactWriter,
    private readonly timeScale: number,
  ) {}

  async send({ state, events, logDays }: TestRequest): Promise<{ results: TestResult[] }> {
    const rules = compileDataRules(state);
    // A test's fact carries its data, so the data rules apply to it as well.
    const ruled = { ...state, dataFields: undefined, maskedFields: undefined };
    const sendOne = async ({ type, data }: TestRequest['events'][number]): Promise<TestResult> =>
      this.sendOne(ruled, logDays, { type, data: rules === null ? data : underRules(Buffer.from(data), rules).toString() });
    return { results: await Promise.all(events.map(sendOne)) };
  }

  private async sendOne(
    state: WebhookState,
    logDays: TestRequest['logDays'],
    { type, data }: TestRequest['events'][number],
  ): Promise<TestResult> {
    const nowMs = Date.now();
    const bytes = Buffer.from(data);
    const event: StoredEvent = {
      id: newId('evt', nowMs),
      accountId: state.accountId,
      type,
      timestamp: new Date(nowMs).toISOString(),
      key: null,
      traceparent: null,
      data: bytes,
      seq: 0,
      storedAtMs: nowMs,
      answerKey: answerKeyOf(null, bytes),
      logDays,
      warnings: null,
    };
    const ids = {
      deliveryId: newId('dlv', nowMs),
      accountId: state.accountId,
      webhookId: state.id,
      eventId: event.id,
      eventType: type,
      eventSeq: 0,
      logDays,
    };
    const delivery = firstDelivery(ids, nowMs, 'test');
    await this.slots.acquire('manual');
    let result: AttemptResult | null;
    try {
      result = await this.attempts.make(compileWebhook(state, nowMs, this.timeScale), delivery, event);
    } finally {
      this.slots.release('manual');
    }
    if (result === null) throw new Error('a test is always made');
    const isSuccess = result.outcome.kind === 'succeeded';
    const common = { id: newId('fct'), atMs: result.endedAtMs, ...ids, createdAtMs: nowMs, replayId: null };
    const body = { attempt: result.record, body: result.recipe, test: { timestamp: event.timestamp, data } };
    const fact: DeliveryFact = isSuccess
      ? { ...common, ...body, kind: 'succeeded' }
      : { ...common, ...body, kind: 'failed', reason: null };
    await this.facts.write(fact);
    return {
      event: type,
      success: isSuccess,
      status_code: result.record.statusCode,
      message: messageOf(result),
      response_time_ms: result.record.responseTimeMs,
      delivery_id: ids.deliveryId,
    };
  }
}

const PHRASES: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content' };

function messageOf({ outcome, record }: AttemptResult): string {
  if (outcome.kind === 'succeeded') return `HTTP ${outcome.statusCode} ${PHRASES[outcome.statusCode] ?? ''}`.trim();
  if (outcome.kind === 'refused') return `Failed: ${outcome.statusCode}`;
  const words = record.error?.slice(record.error.indexOf(':') + 2) ?? outcome.reason;
  return outcome.reason === 'timeout' ? 'Failed: 408 timeout' : `Failed: ${words}`;
}
