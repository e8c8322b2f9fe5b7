import { eachElement, eachMember, endOfValue, isListAt, isObjectAt, skipSpace, stringIn } from './scan.js';

/** The text of each member's value, as it was written. The last of several members with one name counts. Empty when the value is no object. */
export function memberTexts(json: string): Map<string, string> {
  const members = new Map<string, string>();
  const start = skipSpace(json, 0);
  if (!isObjectAt(json, start)) return members;
  eachMember(json, start, (valueStart, nameStart, nameEnd) => {
    const end = endOfValue(json, valueStart);
    members.set(stringIn(json, nameStart, nameEnd), json.slice(valueStart, end));
    return end;
  });
  return members;
}

/** The text of each element of a list, as it was written; null when the value is no list. */
export function elementTexts(json: string): string[] | null {
  const start = skipSpace(json, 0);
  if (!isListAt(json, start)) return null;
  const elements: string[] = [];
  eachElement(json, start, (elementStart) => {
    const end = endOfValue(json, elementStart);
    elements.push(json.slice(elementStart, end));
    return end;
  });
  return elements;
}

/** The text on one line: drops the line breaks between tokens and leaves everything else as it was written. */
export function onOneLine(json: string): string {
  // Within strings a line break can only be an escape, so each one found stands between tokens.
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, '') : json;
}

/** Whether the text is valid JSON, which every other function here takes for granted. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
