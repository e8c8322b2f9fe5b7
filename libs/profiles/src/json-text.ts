/** Where things are in JSON text, which must be valid. */

/** The first character from `start` on that is no white space. */
export function skip(json: string, start: number): number {
  let at = start;
  while (json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Behind the string that begins at `start`. */
export function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Behind the number, true, false or null that begins at `start`. */
export function endOfLiteral(json: string, start: number): number {
  let at = start;
  while (at < json.length && !',]} \t\r\n'.includes(json[at]!)) at++;
  return at;
}

/** Behind the value that begins at `start`, whatever it is. */
export function endOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const char = json[at]!;
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (char === '"') at = endOfString(json, at);
    else if (depth === 0 && char !== '}' && char !== ']') at = endOfLiteral(json, at);
    else at++;
  } while (depth > 0);
  return at;
}

/** The text that a string stands for, which escapes may spell in many ways. */
export function stringIn(json: string, start: number, end: number): string {
  const raw = json.slice(start, end);
  return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}
