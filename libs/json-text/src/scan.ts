/** Finds where things are in JSON text. The text must be valid: every function trusts it, and none parses it. */

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** The first character from `start` on that is no white space. */
export function skipSpace(json: string, start: number): number {
  let at = start;
  while (json.charCodeAt(at) <= SPACE) at++;
  return at;
}

export function isObjectAt(json: string, at: number): boolean {
  return json.charCodeAt(at) === OPEN_BRACE;
}

export function isListAt(json: string, at: number): boolean {
  return json.charCodeAt(at) === OPEN_BRACKET;
}

export function isStringAt(json: string, at: number): boolean {
  return json.charCodeAt(at) === QUOTE;
}

/** Behind the string that begins at `start`. */
export function endOfString(json: string, start: number): number {
  let at = start + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Behind the number, true, false or null that begins at `start`. */
export function endOfLiteral(json: string, start: number): number {
  let at = start;
  for (; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === COMMA || char === CLOSE_BRACKET || char === CLOSE_BRACE || char <= SPACE) break;
  }
  return at;
}

/** Behind the value that begins at `start`. A loop, not a recursion: however deep the value is, the stack is not. */
export function endOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(json, at);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        at++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        at++;
        break;
      default:
        if (depth === 0) return endOfLiteral(json, at);
        at++;
    }
  } while (depth > 0);
  return at;
}

/** The text that a string stands for, which escapes may spell in many ways. */
export function stringIn(json: string, start: number, end: number): string {
  const raw = json.slice(start, end);
  return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}

/** Reads the value at `valueStart`, whose name stands from `nameStart` to `nameEnd`, and returns the value's end. */
export type VisitMember = (valueStart: number, nameStart: number, nameEnd: number) => number;

/** Visits each member of the object that begins at `start`, and returns the object's end. */
export function eachMember(json: string, start: number, visit: VisitMember): number {
  let at = skipSpace(json, start + 1);
  while (json.charCodeAt(at) !== CLOSE_BRACE) {
    const nameEnd = endOfString(json, at);
    const valueStart = skipSpace(json, skipSpace(json, nameEnd) + 1);
    at = skipSpace(json, visit(valueStart, at, nameEnd));
    if (json.charCodeAt(at) === COMMA) at = skipSpace(json, at + 1);
  }
  return at + 1;
}

/** Reads the element at `start`, the list's `index`th from 0, and returns its end. */
export type VisitElement = (start: number, index: number) => number;

/** Visits each element of the list that begins at `start`, and returns the list's end. */
export function eachElement(json: string, start: number, visit: VisitElement): number {
  let at = skipSpace(json, start + 1);
  for (let index = 0; json.charCodeAt(at) !== CLOSE_BRACKET; index++) {
    at = skipSpace(json, visit(at, index));
    if (json.charCodeAt(at) === COMMA) at = skipSpace(json, at + 1);
  }
  return at + 1;
}
