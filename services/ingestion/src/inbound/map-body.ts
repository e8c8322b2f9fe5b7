import type { InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { memberTexts } from '#libs/json-text/src/parts';
import type { Publication, Refusal } from '../door/accept-event.js';

/** The part of a publication that a mapping makes from a body. */
export type Mapped = { ok: true; publication: Pick<Publication, 'text' | 'attributes'> } | { ok: false; refusal: Refusal };

/** A larger number is milliseconds since 1970: as seconds it would be the year 5138. */
const MILLISECONDS_FROM = 1e11;

/**
 * Applies a mapping to a body, which must be valid JSON. The text of the data is cut out as it was written. Every path of the
 * mapping must lead to a value.
 */
export function mapBody(text: string, mapping: InboundMapping | null): Mapped {
  const { id, key, timestamp, data } = mapping ?? {};
  const read = valueReader(text);
  const missing: string[] = [];
  const value = (part: string, path: string): string => {
    const found = read(path);
    if (found === null) missing.push(`${part} at "${path}"`);
    return found ?? 'null';
  };
  const scalar = (part: string, path: string | undefined): string | null => {
    if (path === undefined) return null;
    const found = scalarOf(read(path));
    if (found === null) missing.push(`${part} at "${path}"`);
    return found;
  };

  scalar('id', id);
  const time = scalar('timestamp', timestamp);
  const attributes = { id: null, source: null, type: null, time: time && rfc3339(time), key: scalar('key', key) };
  const dataText = data === undefined ? text : typeof data === 'string' ? value('data', data) : built(data, value);
  if (missing.length > 0)
    return { ok: false, refusal: { code: 'invalid_event', reason: `the mapping finds no ${missing.join(', no ')}` } };
  return { ok: true, publication: { text: dataText, attributes } };
}

/** The text or number at a path, null for anything else. A number keeps its text: as doubles, two long ids could be one. */
export function scalarAt(text: string, path: string): string | null {
  return scalarOf(valueReader(text)(path));
}

function scalarOf(value: string | null): string | null {
  if (value === null) return null;
  const parsed: unknown = JSON.parse(value);
  if (typeof parsed === 'string') return parsed === '' ? null : parsed;
  return typeof parsed === 'number' ? value : null;
}

/** Returns a reader of values by their paths. Each object on the way is scanned once. */
function valueReader(text: string): (path: string) => string | null {
  const objects = new Map<string, Map<string, string>>();
  const membersOf = (path: string): Map<string, string> => {
    const known = objects.get(path);
    if (known) return known;
    const value = path === '' ? text : read(path);
    const members = value === null ? new Map<string, string>() : memberTexts(value);
    objects.set(path, members);
    return members;
  };
  const read = (path: string): string | null => {
    const dot = path.lastIndexOf('.');
    return membersOf(path.slice(0, Math.max(dot, 0))).get(path.slice(dot + 1)) ?? null;
  };
  return read;
}

function built(fields: Record<string, string>, value: (part: string, path: string) => string): string {
  return `{${Object.entries(fields)
    .map(([name, path]) => `${JSON.stringify(name)}:${value(`data.${name}`, path)}`)
    .join(',')}}`;
}

/** Unix time since 1973. Fewer digits are rather a year or a count than a time of 1970. */
const UNIX_TIME = /^\d{9,15}(\.\d+)?$/;

/** Turns Unix time into RFC 3339 and leaves everything else as it is: the Door rejects what is no time. */
function rfc3339(given: string): string {
  if (!UNIX_TIME.test(given)) return given;
  const unix = Number(given);
  const time = new Date(unix < MILLISECONDS_FROM ? unix * 1000 : unix);
  return Number.isNaN(time.getTime()) ? given : time.toISOString();
}
