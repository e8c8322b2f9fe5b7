import { Problem } from '#libs/problem/src/problem';
import type { FieldShape, MessageShape } from './proto.js';

export type Fields = Record<string, unknown>;

/** A decoded request. Fields that were not sent are missing, and so are empty lists and maps. */
export interface Message extends Fields {
  update_mask?: { paths?: string[] };
}

const PATHS_MAX = 100;

/**
 * Returns the response to an RPC from its operation's view. Fields go to the fields of their names. The elements of a page go
 * to the list that has no such field. A resource goes whole to the message field with a place for most of what is left.
 */
export function toAnswer(response: MessageShape, view: unknown): Fields {
  const fields = Array.isArray(view) ? { data: view as unknown[] } : isFields(view) ? view : {};
  const answer = toMessage(response, fields);
  const shapes = [...response.fields.values()];
  const open = shapes.filter((field) => !takesItsOwn(field, fields));
  const taken = new Set(shapes.filter((field) => !open.includes(field)).map(nameInView));
  const left = Object.keys(fields).filter((name) => !taken.has(name));

  const list = open.find(({ kind }) => kind === 'list');
  if (list && Array.isArray(fields['data'])) answer[list.name] = elements(list, fields['data']);
  const wrappers = open
    .filter(({ kind, message }) => kind === 'one' && message !== null)
    .map((field) => ({ ...field, places: left.filter((name) => hasPlaceFor(field.message!, name)).length }))
    .toSorted((one, other) => other.places - one.places);
  if (wrappers[0] && wrappers[0].places > 0) answer[wrappers[0].name] = toMessage(wrappers[0].message!, fields);
  return answer;
}

/** Returns a view as a message: its nulls are left out, and so are fields that the message does not have. */
function toMessage(shape: MessageShape, view: Fields): Fields {
  const message: Fields = {};
  for (const field of shape.fields.values()) {
    const value = view[nameInView(field)];
    if (value !== undefined && value !== null && takesItsOwn(field, view)) message[field.name] = fieldOf(field, value);
  }
  return message;
}

function fieldOf(field: FieldShape, value: unknown): unknown {
  if (field.jsonOf !== null) return JSON.stringify(value);
  if (field.message === null) return value;
  if (field.kind === 'list') return elements(field, value as unknown[]);
  const list = onlyListOf(field.message);
  return list && Array.isArray(value) ? { [list.name]: elements(list, value) } : toMessage(field.message, value as Fields);
}

function elements({ message }: FieldShape, values: unknown[]): unknown[] {
  return message === null ? values : values.map((value) => toMessage(message, value as Fields));
}

/** Tells whether the view has a value, or null, for this field. An event's `event` is its type, which no message can take. */
function takesItsOwn(field: FieldShape, view: Fields): boolean {
  const value = view[nameInView(field)];
  return value !== undefined && (field.message === null || typeof value === 'object');
}

function hasPlaceFor(shape: MessageShape, name: string): boolean {
  return shape.fields.has(name) || shape.fields.has(`${name}_json`);
}

function nameInView({ name, jsonOf }: FieldShape): string {
  return jsonOf ?? name;
}

/** A list cannot be absent from a message, so one that may be null has a message of its own, with nothing else in it. */
function onlyListOf({ fields }: MessageShape): FieldShape | null {
  const [first, second] = fields.values();
  return first?.kind === 'list' && second === undefined ? first : null;
}

/** Returns a request as HTTP's query would have it: texts only, lists separated by commas. */
export function toQuery(request: Message): Fields {
  return Object.fromEntries(Object.entries(request).map(([name, value]) => [name, String(value)]));
}

/** Returns a request as HTTP's body would have it. Throws `validation_failed` for invalid JSON. */
export function toBody(shape: MessageShape, { update_mask: mask, ...sent }: Message): Fields {
  return toView(shape, mask?.paths ? masked(shape, sent, mask.paths) : sent);
}

/** Leaves fields that the message does not have as they are, for the DTO to refuse. */
function toView(shape: MessageShape, message: Fields): Fields {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => {
      const field = shape.fields.get(name);
      if (!field && shape.fields.has(`${name}_json`)) throw refusal(name, `is called ${name}_json here`);
      return field ? [nameInView(field), valueOf(field, value)] : [name, value];
    }),
  );
}

function valueOf({ name, kind, message, jsonOf }: FieldShape, value: unknown): unknown {
  if (value === null) return null;
  if (jsonOf !== null) return parsed(name, value);
  if (message === null) return value;
  if (kind === 'list') return (value as Fields[]).map((one) => toView(message, one));
  const list = onlyListOf(message);
  return list ? ((value as Fields)[list.name] ?? []) : toView(message, value as Fields);
}

/** Parses the JSON text of a field. Throws `validation_failed`. */
export function parsed(name: string, text: unknown): unknown {
  try {
    return JSON.parse(text as string) as unknown;
  } catch {
    throw refusal(name, 'is not valid JSON');
  }
}

/** Picks exactly the fields that the mask names, `name` or `name.field`. */
function masked(shape: MessageShape, sent: Fields, paths: string[]): Fields {
  if (paths.length > PATHS_MAX) throw refusal('update_mask', `must have at most ${PATHS_MAX} paths`);
  const named = new Map<string, unknown>();
  for (const path of paths) {
    const [name = '', ...rest] = path.split('.');
    const field = rest.join('.');
    const value = sentOrEmpty(shape, sent, name);
    const inner = shape.fields.get(name)?.message ?? null;
    named.set(name, rest.length === 0 ? value : { ...(named.get(name) as Fields), [field]: sentOrEmpty(inner, value, field) });
  }
  return Object.fromEntries(named);
}

/** A field that the mask names and that was not sent is empty: a list or map without elements, null for anything else. */
function sentOrEmpty(shape: MessageShape | null, from: unknown, name: string): unknown {
  if (isFields(from) && Object.hasOwn(from, name)) return from[name];
  const kind = shape?.fields.get(name)?.kind ?? 'one';
  return { list: [], map: {}, one: null }[kind];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(name: string, detail: string): Problem {
  return Problem.invalid({ pointer: `/${name}`, detail });
}
