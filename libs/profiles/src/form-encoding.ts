import {
  eachElement,
  eachMember,
  endOfLiteral,
  endOfString,
  isListAt,
  isObjectAt,
  isStringAt,
  skipSpace,
  stringIn,
} from '#libs/json-text/src/scan';

/**
 * Turns JSON text into `application/x-www-form-urlencoded` in bracket notation, as PHP, Rails and qs read it:
 * `data[first_name]=Jane`, `data[tags][0]=vip`, `data[tags][1]=new`. Numbers keep their text (1.10 stays 1.10), true and
 * false are words, null is an empty value. The text must be valid JSON.
 */
export function formEncoded(json: string): string {
  const pairs: string[] = [];
  read(json, skipSpace(json, 0), '', pairs);
  return pairs.join('&');
}

/** Reads the value at `start`, whose name is `name`, and returns its end. */
function read(json: string, start: number, name: string, pairs: string[]): number {
  if (isObjectAt(json, start)) {
    return eachMember(json, start, (value, nameStart, nameEnd) => {
      const key = encode(stringIn(json, nameStart, nameEnd));
      return read(json, value, name === '' ? key : `${name}[${key}]`, pairs);
    });
  }
  if (isListAt(json, start)) return eachElement(json, start, (element, index) => read(json, element, `${name}[${index}]`, pairs));
  if (isStringAt(json, start)) {
    const end = endOfString(json, start);
    pairs.push(`${name}=${encode(stringIn(json, start, end))}`);
    return end;
  }
  const end = endOfLiteral(json, start);
  const literal = json.slice(start, end);
  pairs.push(`${name}=${literal === 'null' ? '' : encode(literal)}`);
  return end;
}

/** Encodes as the URL standard's form serializer does: space is +, everything but letters, digits and *-._ is escaped. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
