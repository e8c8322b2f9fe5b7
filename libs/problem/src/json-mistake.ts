/** What `JSON.parse` found wrong, without the piece of the text that it repeats: there may be a secret in it. */
export function jsonMistake(error: unknown): string {
  const { message } = error as Error;
  return message.replace(/, (\.\.\.)?"[^]*$/, '').replace(/^"[^]*$/, 'it is something else');
}
