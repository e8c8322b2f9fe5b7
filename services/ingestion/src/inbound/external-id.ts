import { createHash } from 'node:crypto';
import type { InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { messageId } from '#libs/signing/src/verify-request';
import { scalarAt } from './map-body.js';

/** The event that a body, or an element of a list, is about for its sender. */
export interface ExternalId {
  text: string;
  /** It is only the content. Two equal contents are two events when some time lies between them. */
  isContent: boolean;
}

/** A list that a body is an element of. */
export interface InList {
  /** The whole body, as valid JSON. */
  text: string;
  index: number;
}

/**
 * Returns the sender's own id of what was posted, null when it has none. The header of Standard Webhooks comes first, then the
 * field that the mapping names. A body with an `id` is its own id as a whole: the `id` may be a record's, whose next change is
 * another event. An element of a list without any of them is told by its place in the list. `text` is valid JSON.
 */
export function externalIdOf(
  headers: Record<string, string>,
  text: string,
  mapping: InboundMapping | null,
  list: InList | null = null,
): ExternalId | null {
  const place = list === null ? '' : `\n${list.index}`;
  const fromHeader = messageId(headers);
  if (fromHeader !== null) return { text: `header\n${fromHeader}${place}`, isContent: false };
  const fromMapping = mapping?.id === undefined ? null : scalarAt(text, mapping.id);
  if (fromMapping !== null) return { text: `field\n${fromMapping}`, isContent: false };
  if (scalarAt(text, 'id') !== null) return { text: `body\n${digest(text)}`, isContent: true };
  return list === null ? null : { text: `list\n${digest(list.text)}${place}`, isContent: true };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
