import { EVENT_BYTES_MAX, EVENT_TYPE_PATTERN, recordKeyIn, type CrmEvent } from '#libs/contracts/src/crm-event';
import { instantOf } from '#libs/contracts/src/instant';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { inspectJson } from '#libs/json-text/src/inspect-json';
import { onOneLine } from '#libs/json-text/src/parts';
import { jsonMistake } from '#libs/problem/src/json-mistake';
import type { FieldError, ProblemCode } from '#libs/problem/src/problem';

/** An event as somebody wants to publish it, with the facts that its transport adds. */
export interface Publication {
  accountId: string;
  /** The body's JSON text. */
  text: string;
  /** From the NATS subject; null over HTTP, where the body names it. */
  type: string | null;
  /** The id of a body without one: the publisher's Nats-Msg-Id, else one derived from the message's position. */
  fallbackId: string;
  /** Time of arrival, ms: the timestamp of a body without one. */
  receivedAtMs: number;
  /** As it came. An invalid one is dropped. */
  traceparent: string | null;
  /**
   * The rest of the envelope when the body is the data alone; null when the body is an envelope. It comes from the `ce-` headers of
   * a CloudEvent in binary mode, or from the mapping of an inbound webhook.
   */
  attributes: { id: string | null; source: string | null; type: string | null; time: string | null; key: string | null } | null;
}

/** Why a publication is rejected: a stable code, the reason in words, and for HTTP the fields. */
export interface Refusal {
  code: ProblemCode;
  reason: string;
  errors?: FieldError[];
}

export interface Accepted {
  ok: true;
  event: CrmEvent;
  data: Record<string, unknown>;
  /** `source` of a CloudEvent: another source's event of the same id is another event. Null for any other event. */
  source: string | null;
  warnings: FieldError[];
}

export type Acceptance = Accepted | { ok: false; refusal: Refusal };

const ENVELOPE_FIELDS = new Set(['id', 'event', 'timestamp', 'data', 'key', 'account_id']);
const CLOUD_EVENT_FIELDS = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'data',
  'subject',
  'datacontenttype',
  'dataschema',
]);
const KEY_LENGTH_MAX = 200;
/** W3C Trace Context, version 00. It becomes a header of every request to a receiver. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Turns a publication into an event, or says why not. Accounts and catalogs are the Door's business. */
export function acceptEvent(publication: Publication): Acceptance {
  if (Buffer.byteLength(publication.text) > EVENT_BYTES_MAX) {
    return refuse('body_too_large', `the event is larger than ${EVENT_BYTES_MAX / 1024} KiB`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(publication.text);
  } catch (error) {
    return refuse('invalid_json', `the body is not valid JSON: ${jsonMistake(error)}`);
  }
  if (!isObject(parsed)) return refuse('invalid_event', 'the body must be a JSON object');
  const { members, repeated, complaint } = inspectJson(publication.text);
  if (repeated !== null && publication.attributes === null)
    return refuse('invalid_event', `the body cannot be taken: "${repeated}" is given twice`);
  if (complaint !== null) return refuse('invalid_event', `the body cannot be taken: ${complaint}`);

  const mistakes: FieldError[] = [];
  const fields: Fields = publication.attributes
    ? { ...publication.attributes, data: parsed }
    : envelopeFields(parsed, publication.accountId, mistakes);

  const type = eventType(publication, fields.type, mistakes);
  const id = eventId(fields.id ?? publication.fallbackId, mistakes);
  const timestamp = eventTimestamp(fields.time ?? null, publication.receivedAtMs, mistakes);
  if (!isObject(fields.data)) {
    mistakes.push({
      pointer: '/data',
      detail: fields.data === undefined ? 'data is missing: {"data": {…}}' : 'data must be a JSON object',
    });
  }
  const key = recordKey(fields.key, type, isObject(fields.data) ? fields.data : {}, mistakes);
  if (mistakes.length > 0) return { ok: false, refusal: { code: 'invalid_event', reason: inWords(mistakes), errors: mistakes } };

  const slice = publication.attributes ? { start: 0, end: publication.text.length } : members.get('data')!;
  const data = Buffer.from(onOneLine(publication.text.slice(slice.start, slice.end).trim()));
  const { accountId } = publication;
  const traceparent = TRACEPARENT.test(publication.traceparent ?? '') ? publication.traceparent : null;
  return {
    ok: true,
    event: { id, accountId, type, timestamp, key, traceparent, data },
    data: fields.data as Record<string, unknown>,
    source: typeof fields.source === 'string' ? fields.source : null,
    warnings: [],
  };
}

interface Fields {
  id: unknown;
  source: unknown;
  type: unknown;
  time: unknown;
  key: unknown;
  data: unknown;
}

function envelopeFields(body: Record<string, unknown>, accountId: string, mistakes: FieldError[]): Fields {
  if (typeof body['specversion'] === 'string') {
    // CloudEvents 1.0, structured mode. The specification allows extension attributes of lower-case letters and digits.
    const unknown = Object.keys(body).filter((name) => !CLOUD_EVENT_FIELDS.has(name) && !/^[a-z0-9]{1,20}$/.test(name));
    for (const name of unknown) mistakes.push({ pointer: `/${name}`, detail: 'is not an attribute of a CloudEvent' });
    if (!body['specversion'].startsWith('1.')) mistakes.push({ pointer: '/specversion', detail: 'must be 1.0' });
    const { id, source, type, time, data } = body;
    return { id, source, type, time, key: undefined, data };
  }
  for (const name of Object.keys(body)) {
    if (!ENVELOPE_FIELDS.has(name))
      mistakes.push({ pointer: `/${name}`, detail: 'is not a field of an event: put it into data' });
  }
  if (body['account_id'] !== undefined && body['account_id'] !== accountId) {
    mistakes.push({ pointer: '/account_id', detail: `is not the account that this is published to, ${accountId}` });
  }
  const { id, event, timestamp, key, data } = body;
  return { id, source: null, type: event, time: timestamp, key, data };
}

function eventType({ type: subjectType, attributes }: Publication, given: unknown, mistakes: FieldError[]): string {
  const named = given ?? subjectType;
  if (typeof named !== 'string') {
    mistakes.push({ pointer: '/event', detail: 'the event type is missing, e.g. "deal.won"' });
    return '';
  }
  // A CloudEvent's type is often prefixed with a reversed domain: `com.example.deal.won` on the subject `deal.won`.
  const agrees = subjectType === null || named === subjectType || named.endsWith(`.${subjectType}`);
  if (!agrees)
    mistakes.push({ pointer: attributes ? '/type' : '/event', detail: `says ${named}, the subject says ${subjectType}` });
  const type = subjectType ?? named;
  if (!EVENT_TYPE_PATTERN.test(type) || type.length > 128) {
    mistakes.push({
      pointer: '/event',
      detail: 'is not an event type: lower-case words joined by dots, e.g. deal.won',
    });
  }
  return type;
}

function eventId(given: unknown, mistakes: FieldError[]): string {
  if (typeof given === 'string' && ID_PATTERN.test(given)) return given;
  mistakes.push({ pointer: '/id', detail: 'an event id has 1 to 64 letters, digits, _ or -' });
  return '';
}

function eventTimestamp(given: unknown, receivedAtMs: number, mistakes: FieldError[]): string {
  if (given === null || given === undefined) return new Date(receivedAtMs).toISOString();
  if (typeof given === 'string' && instantOf(given) !== null) {
    // Receivers are promised UTC. A time in UTC stays as it was written.
    return given.endsWith('Z') ? given : new Date(given).toISOString();
  }
  mistakes.push({ pointer: '/timestamp', detail: 'must be an RFC 3339 time of a day that exists, e.g. 2026-03-21T14:30:00Z' });
  return '';
}

/** The record that an event is about: as given, else `<noun>:<data.id>`, else `<noun>:<data.<noun>_id>`. */
function recordKey(given: unknown, type: string, data: Record<string, unknown>, mistakes: FieldError[]): string | null {
  if (given !== undefined && given !== null) {
    if (typeof given === 'string' && given.length > 0 && given.length <= KEY_LENGTH_MAX && /^[\x21-\x7e]+$/.test(given))
      return given;
    mistakes.push({ pointer: '/key', detail: `a key has 1 to ${KEY_LENGTH_MAX} visible ASCII characters, e.g. deal:42` });
    return null;
  }
  return recordKeyIn(type, data);
}

function refuse(code: ProblemCode, reason: string): Acceptance {
  return { ok: false, refusal: { code, reason } };
}

function inWords(mistakes: FieldError[]): string {
  return mistakes.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
