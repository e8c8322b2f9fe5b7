import { createHash } from 'node:crypto';
import type { InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { messageId, type SignedRequest } from '#libs/signing/src/verify-request';
import { scalarAt } from './map-body.js';

/**
 * What a sender tells its events apart by, or null when nothing does: the id of Standard Webhooks in the headers; what the
 * mapping names; or, when the body has an `id`, the body as a whole, for that id may well be a record's, and its next change
 * is another event. `text` is the body as valid JSON.
 */
export function externalIdOf({ headers, body }: SignedRequest, text: string, mapping: InboundMapping | null): string | null {
  const fromHeader = messageId(headers);
  if (fromHeader !== null) return `header\n${fromHeader}`;
  const fromMapping = mapping?.id === undefined ? null : scalarAt(text, mapping.id);
  if (fromMapping !== null) return `field\n${fromMapping}`;
  return scalarAt(text, 'id') === null ? null : `body\n${createHash('sha256').update(body).digest('hex')}`;
}
