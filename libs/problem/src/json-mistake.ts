/** Message of an error of `JSON.parse`, without the piece of text that it repeats, which may be a secret. */
export function jsonMistake(error: unknown): string {
  const { message } = error as Error;
  return message.replace(/, (\.\.\.)?"[^]*$/, '').replace(/^"[^]*$/, 'it is something else');
}
