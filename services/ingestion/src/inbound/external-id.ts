import { createHash } from 'node:crypto';
import type { InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { messageId, type SignedRequest } from '#libs/signing/src/verify-request';
import { scalarAt } from './map-body.js';

/**
 * Returns the sender's own id of a post, null when it has none. The header of Standard Webhooks comes first, then the field that
 * the mapping names. A body with an `id` is its own id as a whole: the `id` may be a record's, whose next change is another
 * event. `text` is the body as valid JSON.
 */
export function externalIdOf({ headers, body }: SignedRequest, text: string, mapping: InboundMapping | null): string | null {
  const fromHeader = messageId(headers);
  if (fromHeader !== null) return `header\n${fromHeader}`;
  const fromMapping = mapping?.id === undefined ? null : scalarAt(text, mapping.id);
  if (fromMapping !== null) return `field\n${fromMapping}`;
  return scalarAt(text, 'id') === null ? null : `body\n${createHash('sha256').update(body).digest('hex')}`;
}
