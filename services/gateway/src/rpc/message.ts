import { Problem } from '#libs/problem/src/problem';

type Fields = Record<string, unknown>;

/** A request as it was decoded: what was not sent is not there, and neither are empty lists and maps. */
export interface Message extends Fields {
  update_mask?: { paths?: string[] };
}

/** Free-form JSON travels as text in `<name>_json`. */
const JSON_FIELDS = ['actual', 'changes', 'data', 'filter', 'mapping', 'sample', 'schema'];
/** Lists that may be null, too. A list in a message is never absent, so each is in a message of its own. */
const DATA_FIELDS = ['data_fields', 'masked_fields'];
/** What has no presence in a message is empty when a mask names it and it was not sent; everything else is null then. */
const EMPTY: Fields = { events: [], headers: {}, intervals_seconds: [] };
const PATHS_MAX = 100;

/** A view as a message. The encoder leaves out nulls, and what is not a field. */
export function toMessage(view: object): Fields {
  return Object.fromEntries(
    Object.entries(view).map(([name, value]) => {
      if (JSON_FIELDS.includes(name) && value !== null) return [`${name}_json`, JSON.stringify(value)];
      return [name, DATA_FIELDS.includes(name) && value !== null ? { paths: value as string[] } : value];
    }),
  );
}

/** A request as HTTP's query would have it: texts only, lists separated by commas. */
export function toQuery(request: Message): Fields {
  return Object.fromEntries(Object.entries(request).map(([name, value]) => [name, String(value)]));
}

/** A request as HTTP's body would have it. Throws `validation_failed` for JSON that is none. */
export function toBody({ update_mask: mask, ...sent }: Message): Fields {
  const fields = mask?.paths ? masked(sent, mask.paths) : sent;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (JSON_FIELDS.includes(name)) throw refusal(name, `is called ${name}_json here`);
      if (DATA_FIELDS.includes(name)) return [name, value === null ? null : ((value as Fields)['paths'] ?? [])];
      const plain = JSON_FIELDS.find((one) => name === `${one}_json`);
      return plain === undefined ? [name, value] : [plain, value === null ? null : parsed(name, value)];
    }),
  );
}

export function parsed(name: string, text: unknown): unknown {
  try {
    return JSON.parse(text as string) as unknown;
  } catch {
    throw refusal(name, 'is not valid JSON');
  }
}

/** Exactly what the mask names, `name` or `name.field`. What cannot be a field is left for the DTO to refuse. */
function masked(sent: Fields, paths: string[]): Fields {
  if (paths.length > PATHS_MAX) throw refusal('update_mask', `must have at most ${PATHS_MAX} paths`);
  const named = new Map<string, unknown>();
  for (const path of paths) {
    const [name = '', ...rest] = path.split('.');
    const field = rest.join('.');
    const value = valueOf(sent, name);
    named.set(name, rest.length === 0 ? value : { ...(named.get(name) as Fields), [field]: valueOf(value, field) });
  }
  return Object.fromEntries(named);
}

function valueOf(from: unknown, name: string): unknown {
  if (typeof from === 'object' && from !== null && Object.hasOwn(from, name)) return (from as Fields)[name];
  return Object.hasOwn(EMPTY, name) ? EMPTY[name] : null;
}

function refusal(name: string, detail: string): Problem {
  return new Problem('validation_failed', `${name} ${detail}.`, { errors: [{ pointer: `/${name}`, detail }] });
}
