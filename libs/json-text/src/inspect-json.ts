import {
  eachElement,
  eachMember,
  endOfLiteral,
  endOfString,
  endOfValue,
  isListAt,
  isObjectAt,
  isStringAt,
  skipSpace,
  stringIn,
} from './scan.js';

/** JSON deeper than this is refused. No CRM record is so deep, and every later reader may recurse. */
const JSON_DEPTH_MAX = 32;

/** The structure of an event's text, found in one pass over the characters. */
export interface JsonInspection {
  /** Where the value of each member of the outermost object begins and ends. The last of several members with one name counts. */
  members: Map<string, { start: number; end: number }>;
  /** The first name that is given twice; null when none is. */
  repeated: string | null;
  /** The first thing that later readers could not be trusted with, in words; null when there is none. */
  complaint: string | null;
}

/**
 * Finds the text of each top-level member, so that `data` can be stored as it came. JSON.parse and JSON.stringify would
 * change numbers, the order of keys and duplicates. `text` must be valid JSON with an object on top.
 */
export function inspectJson(text: string): JsonInspection {
  const members = new Map<string, { start: number; end: number }>();
  let repeated: string | null = null;
  const inspector = new Inspector(text);
  eachMember(text, skipSpace(text, 0), (start, nameStart, nameEnd) => {
    inspector.string(nameStart, nameEnd, true);
    const name = stringIn(text, nameStart, nameEnd);
    const end = inspector.value(start, 2);
    if (members.has(name)) repeated ??= name;
    members.set(name, { start, end });
    return end;
  });
  return { members, repeated, complaint: inspector.complaint };
}

/** Looks at every string and at the depth of every value. */
class Inspector {
  complaint: string | null = null;
  private readonly isWellFormed: boolean;
  /** Where the next backslash is: a string without one stands for its characters, and is not parsed. */
  private nextEscape: number;

  constructor(private readonly text: string) {
    this.isWellFormed = text.isWellFormed();
    this.nextEscape = this.escapeFrom(0);
  }

  /** Inspects the value at `start` and returns its end. A value with members would be at `depth`. */
  value(start: number, depth: number): number {
    const { text } = this;
    if (isStringAt(text, start)) {
      const end = endOfString(text, start);
      this.string(start, end, false);
      return end;
    }
    const isObject = isObjectAt(text, start);
    if (!isObject && !isListAt(text, start)) return endOfLiteral(text, start);
    if (depth > JSON_DEPTH_MAX) {
      this.complaint ??= `it is nested deeper than ${JSON_DEPTH_MAX} levels`;
      return endOfValue(text, start);
    }
    if (!isObject) return eachElement(text, start, (element) => this.value(element, depth + 1));
    return eachMember(text, start, (member, nameStart, nameEnd) => {
      this.string(nameStart, nameEnd, true);
      return this.value(member, depth + 1);
    });
  }

  string(start: number, end: number, isName: boolean): void {
    if (this.nextEscape < start) this.nextEscape = this.escapeFrom(start);
    const isPlain = this.nextEscape >= end && this.isWellFormed;
    if (isPlain && !(isName && end - start === PROTO.length)) return;
    const value = isPlain ? this.text.slice(start + 1, end - 1) : (JSON.parse(this.text.slice(start, end)) as string);
    this.complaint ??= complaintAbout(value, isName);
  }

  private escapeFrom(start: number): number {
    const at = this.text.indexOf('\\', start);
    return at === -1 ? Infinity : at;
  }
}

const PROTO = '"__proto__"';

/** PostgreSQL stores neither NUL nor half a surrogate pair, and `__proto__` is a trap for receivers in JavaScript. */
function complaintAbout(value: string, isName: boolean): string | null {
  if (isName && value === '__proto__') return 'it has a member named "__proto__"';
  if (value.includes('\u0000')) return 'it contains the character NUL (\\u0000)';
  if (!value.isWellFormed()) return 'it contains half of a surrogate pair (\\ud800–\\udfff)';
  return null;
}
