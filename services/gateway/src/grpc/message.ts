import { Problem } from '#libs/problem/src/problem';

type Fields = Record<string, unknown>;

/** A view as a message: null is left out, and what is free-form JSON travels as text in `<name>_json`. */
export function message(view: object, jsonFields: string[] = []): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(view)) {
    if (value === null || value === undefined) continue;
    if (jsonFields.includes(name)) fields[`${name}_json`] = JSON.stringify(value);
    else fields[name] = value;
  }
  return fields;
}

/** A request as the body that the HTTP API would get: `<name>_json` is parsed, empty maps and lists are what was not sent. */
export function body(request: object, jsonFields: string[] = []): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(request)) {
    // proto3 tells presence of optional fields by one more member, and of maps and lists not at all.
    if (value === undefined || value === null || name.startsWith('_')) continue;
    if (typeof value === 'object' && Object.keys(value as object).length === 0) continue;
    const plain = name.endsWith('_json') ? name.slice(0, -'_json'.length) : name;
    if (plain !== name && jsonFields.includes(plain)) fields[plain] = parsed(plain, value);
    else fields[name] = value;
  }
  return fields;
}

function parsed(field: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw new Problem('validation_failed', `${field}_json is not valid JSON.`, {
      errors: [{ pointer: `/${field}_json`, detail: 'is not valid JSON' }],
    });
  }
}
