const LENGTH_MAX = 1_000;

/** Writes any text as a header's value, which must be one line of ASCII: its first 1,000 characters, escaped as in JSON. */
export function headerText(text: string): string {
  return JSON.stringify(text.slice(0, LENGTH_MAX).toWellFormed())
    .slice(1, -1)
    .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Reads what `headerText` wrote. */
export function textOfHeader(value: string): string {
  return JSON.parse(`"${value}"`) as string;
}
