import { eventHeaders, rejectedHeaders, resentHeaders } from '#libs/contracts/src/crm-event';
import { logDaysIn, type LogDays } from '#libs/contracts/src/log-days';
import { answerKeyOf } from '#libs/contracts/src/answer-key';
import type { JsMsg } from '@nats-io/jetstream';
import type { EventRow, RejectedRow, ResentRow } from './write-rows.js';

// The messages of EVENTS and REJECTED as the rows that they become.

export function storedAtMs(msg: JsMsg): number {
  return Math.floor(msg.info.timestampNanos / 1e6);
}

/** Both headers are one. */
export function logDaysOf(msg: JsMsg): LogDays {
  return logDaysIn(msg.headers?.get(eventHeaders.logDays));
}

export function eventRow(msg: JsMsg): EventRow {
  const [, , accountId = '', ...type] = msg.subject.split('.');
  return {
    accountId,
    id: msg.headers?.get(eventHeaders.id) ?? '',
    seq: msg.info.streamSequence,
    type: type.join('.'),
    key: msg.headers?.get(eventHeaders.key) || null,
    occurredAt: msg.headers?.get(eventHeaders.timestamp) ?? '',
    storedAtMs: storedAtMs(msg),
    data: msg.data,
    warnings: msg.headers?.get(eventHeaders.warnings) || null,
    answerKey: answerKeyOf(msg.headers?.get(eventHeaders.answerKey) || null, msg.data),
    logDays: logDaysOf(msg),
  };
}

export function isResent(msg: JsMsg): boolean {
  return msg.subject.startsWith('resent.');
}

export function resentRow(msg: JsMsg): ResentRow {
  return {
    accountId: msg.subject.split('.')[1]!,
    id: msg.headers?.get(resentHeaders.id) ?? '',
    eventId: msg.headers?.get(resentHeaders.eventId) ?? '',
    resentAtMs: storedAtMs(msg),
  };
}

export function rejectedRow(msg: JsMsg): RejectedRow {
  const header = (name: string): string => msg.headers?.get(name) ?? '';
  return {
    receivedAtMs: storedAtMs(msg),
    id: header(rejectedHeaders.id),
    accountId: msg.subject.split('.')[1]!,
    code: header(rejectedHeaders.code),
    reason: header(rejectedHeaders.reason),
    source: header(rejectedHeaders.source),
    eventId: header(rejectedHeaders.eventId) || null,
    eventType: header(rejectedHeaders.eventType) || null,
    body: msg.data,
    seq: msg.info.streamSequence,
    logDays: logDaysOf(msg),
  };
}
