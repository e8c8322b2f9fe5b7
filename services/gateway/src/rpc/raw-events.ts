import { parsed, type Fields, type Message } from './message.js';
import type { MessageShape } from './proto.js';

/**
 * Returns the body that HTTP would have for PublishEvent, or for PublishEvents. The events' data is spliced in as text, so that
 * its bytes, and with them the digits of its numbers, stay as they are.
 */
export function eventsAsText(request: MessageShape, message: Message): string {
  const list = [...request.fields.values()].find(({ kind, message: element }) => kind === 'list' && element !== null);
  if (!list) return asText(message);
  return `[${((message[list.name] ?? []) as Fields[]).map(asText).join(',')}]`;
}

function asText({ data_json: data, ...rest }: Fields): string {
  const head = JSON.stringify(rest);
  if (data === undefined) return head;
  // Parsed on its own: text that closes the data and goes on would become other fields.
  parsed('data_json', data);
  return `${head.slice(0, -1)}${head === '{}' ? '' : ','}"data":${data as string}}`;
}
