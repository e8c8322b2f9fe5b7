/** JSON deeper than this is refused: nobody's CRM record is, and every later reader is spared the question. */
const JSON_DEPTH_MAX = 32;

/** What an event's text is made of, found in one pass over the characters. */
export interface JsonInspection {
  /** The members of the outermost object: where each value's text begins and ends. */
  members: Map<string, { start: number; end: number }>;
  /** The first of them that is there twice; the last one counts. */
  repeated: string | null;
  /** The first thing that no later reader could be trusted with, in words; null when there is none. */
  complaint: string | null;
}

/**
 * Finds the text of each top-level member, so that `data` can be stored as it came: JSON.parse and JSON.stringify would
 * change numbers, the order of keys and duplicates. `text` must be valid JSON with an object on top.
 */
export function inspectJson(text: string): JsonInspection {
  const members = new Map<string, { start: number; end: number }>();
  let depth = 0;
  let repeated: string | null = null;
  let complaint: string | null = null;
  /** The member being read at depth 1, and where its value begins. */
  let name: string | null = null;
  let valueStart = -1;
  let expectsName = false;

  const endMember = (end: number): void => {
    if (name === null || valueStart < 0) return;
    if (members.has(name)) repeated ??= name;
    members.set(name, { start: valueStart, end: trimmedEnd(text, end) });
    name = null;
    valueStart = -1;
  };

  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    switch (char) {
      case 0x22: {
        const end = endOfString(text, i);
        const isName = followedByColon(text, end);
        const raw = text.slice(i, end + 1);
        complaint ??= complaintAboutString(raw, isName);
        if (depth === 1 && expectsName && isName) {
          name = JSON.parse(raw) as string;
          expectsName = false;
        } else if (depth === 1 && name !== null && valueStart < 0) valueStart = i;
        i = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        if (depth === 1 && name !== null && valueStart < 0) valueStart = i;
        if (++depth > JSON_DEPTH_MAX) complaint ??= `it is nested deeper than ${JSON_DEPTH_MAX} levels`;
        if (depth === 1) expectsName = true;
        break;
      case 0x7d:
      case 0x5d:
        if (--depth === 0) endMember(i);
        break;
      case 0x2c:
        if (depth === 1) {
          endMember(i);
          expectsName = true;
        }
        break;
      case 0x3a:
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        break;
      default:
        if (depth === 1 && name !== null && valueStart < 0) valueStart = i;
    }
  }
  return { members, repeated, complaint };
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The text of a value on one line: line breaks between tokens are dropped, everything else stays as it was written. */
export function onOneLine(text: string): string {
  // Within strings a line break can only be an escape, so each one found stands between tokens.
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, '') : text;
}

/** The text of each element of a JSON array; null when the (valid) JSON is no array. */
export function arrayElements(text: string): string[] | null {
  const first = text.search(/[^ \t\r\n]/);
  if (text[first] !== '[') return null;
  const elements: string[] = [];
  let depth = 0;
  let start = first + 1;
  for (let i = first; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x22) i = endOfString(text, i);
    else if (char === 0x5b || char === 0x7b) depth++;
    else if (char === 0x2c && depth === 1) {
      elements.push(text.slice(start, i).trim());
      start = i + 1;
    } else if ((char === 0x5d || char === 0x7d) && --depth === 0) {
      const last = text.slice(start, i).trim();
      return last === '' ? elements : [...elements, last];
    }
  }
  return elements;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}

function followedByColon(text: string, end: number): boolean {
  let i = end + 1;
  while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
  return text.charCodeAt(i) === 0x3a;
}

function trimmedEnd(text: string, end: number): number {
  let i = end;
  while (i > 0 && text.charCodeAt(i - 1) <= 0x20) i--;
  return i;
}

/** PostgreSQL stores neither NUL nor half a surrogate pair, and `__proto__` is a trap for receivers in JavaScript. */
function complaintAboutString(raw: string, isName: boolean): string | null {
  const isPlain = !raw.includes('\\');
  const value = isPlain ? raw : (JSON.parse(raw) as string);
  if (isName && (isPlain ? value === '"__proto__"' : value === '__proto__')) return 'it has a member named "__proto__"';
  if (!isPlain && value.includes('\u0000')) return 'it contains the character NUL (\\u0000)';
  if (!value.isWellFormed()) return 'it contains half of a surrogate pair (\\ud800–\\udfff)';
  return null;
}
