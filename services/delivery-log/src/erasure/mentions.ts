import { recordKeyIn } from '#libs/contracts/src/crm-event';

/** Next to such a character the text is part of another address: `mary-jane@…`, `…@example.com.br`. */
const PART_OF_NAME = /[\p{L}\p{N}._%+-]/u;
const PART_OF_DOMAIN = /^\.?[\p{L}\p{N}-]/u;

/** Whether a text contains the address. In JSON it may be in a name or a value, escaped, or encoded as in a link. */
export function mentionsEmail(text: string, email: string): boolean {
  const parsed = parse(text);
  const wanted = email.toLowerCase();
  return parsed === undefined ? isIn(text, wanted) : isInValue(parsed, wanted);
}

function isInValue(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return isIn(value, wanted);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => isIn(name, wanted) || isInValue(member, wanted));
}

function isIn(text: string, wanted: string): boolean {
  const lower = text.replaceAll('%40', '@').toLowerCase();
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (!PART_OF_NAME.test(lower[at - 1] ?? '') && !PART_OF_DOMAIN.test(lower.slice(end, end + 2))) return true;
  }
  return false;
}

/** Whether the body of a rejected event is about the record, by its `key` or by the id that its type names. */
export function isAboutRecord(text: string, type: string | null, key: string): boolean {
  const body = parse(text);
  if (!isObject(body)) return false;
  if (body['key'] === key || body['subject'] === key) return true;
  const noun = type ?? key;
  return [body, body['data']].some((data) => isObject(data) && recordKeyIn(noun.split(':')[0]!, data) === key);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
