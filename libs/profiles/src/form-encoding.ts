import { endOfLiteral, endOfString, skip } from './json-text.js';

/**
 * JSON text as `application/x-www-form-urlencoded` in bracket notation, as PHP, Rails and qs read it:
 * `data[first_name]=Jane`, `data[tags][0]=vip`, `data[tags][1]=new`. Numbers keep their text (1.10 stays 1.10), true and
 * false are words, null is an empty value. The text must be valid JSON.
 */
export function formEncoded(json: string): string {
  const pairs: string[] = [];
  read(json, skip(json, 0), '', pairs);
  return pairs.join('&');
}

/** Reads the value at `start`, whose name is `name`, and returns where it ends. */
function read(json: string, start: number, name: string, pairs: string[]): number {
  const first = json[start];
  if (first === '{') return readMembers(json, start, name, pairs);
  if (first === '[') return readElements(json, start, name, pairs);
  if (first === '"') {
    const end = endOfString(json, start);
    pairs.push(`${name}=${encode(JSON.parse(json.slice(start, end)) as string)}`);
    return end;
  }
  const end = endOfLiteral(json, start);
  const literal = json.slice(start, end);
  pairs.push(`${name}=${literal === 'null' ? '' : encode(literal)}`);
  return end;
}

function readMembers(json: string, start: number, name: string, pairs: string[]): number {
  let at = skip(json, start + 1);
  while (json[at] !== '}') {
    const end = endOfString(json, at);
    const key = encode(JSON.parse(json.slice(at, end)) as string);
    const colon = skip(json, end);
    at = skip(json, read(json, skip(json, colon + 1), name === '' ? key : `${name}[${key}]`, pairs));
    if (json[at] === ',') at = skip(json, at + 1);
  }
  return at + 1;
}

function readElements(json: string, start: number, name: string, pairs: string[]): number {
  let at = skip(json, start + 1);
  for (let index = 0; json[at] !== ']'; index++) {
    at = skip(json, read(json, at, `${name}[${index}]`, pairs));
    if (json[at] === ',') at = skip(json, at + 1);
  }
  return at + 1;
}

/** As the URL standard's form serializer encodes a value: space is +, everything but letters, digits and *-._ is escaped. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
