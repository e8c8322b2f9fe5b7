import type { EnvelopeField, WebhookState } from '#libs/contracts/src/webhook-state';
import { underRules, type CompiledDataRules } from './data-rules.js';
import { formEncoded } from './form-encoding.js';

/** The event that a body is rendered from. `data` is JSON text, UTF-8. */
export interface RenderedEvent {
  id: string;
  type: string;
  timestamp: string;
  data: Uint8Array;
}

/**
 * Renders the body that a receiver gets: the envelope's fields in order, on one line. `data`, under the webhook's rules, is copied
 * in byte for byte. It is never parsed and written again, so numbers, key order and duplicates arrive as the CRM wrote them.
 * The same input gives the same bytes.
 */
export function renderBody(
  envelope: EnvelopeField[],
  event: RenderedEvent,
  webhook: { id: string; accountId: string },
  contentType: WebhookState['contentType'],
  rules: CompiledDataRules | null,
): Buffer {
  const sent = rules === null ? event : { ...event, data: underRules(event.data, rules) };
  const json = renderJson(envelope, sent, webhook);
  return contentType === 'application/x-www-form-urlencoded' ? Buffer.from(formEncoded(json.toString())) : json;
}

function renderJson(envelope: EnvelopeField[], event: RenderedEvent, webhook: { id: string; accountId: string }): Buffer {
  const parts: Uint8Array[] = [];
  // Text is collected and encoded once before `data`, and once after it.
  let text = '{';
  for (const [index, field] of envelope.entries()) {
    text += index === 0 ? `"${field}":` : `,"${field}":`;
    if (field !== 'data') {
      text += JSON.stringify(valueOf(field, event, webhook));
      continue;
    }
    parts.push(Buffer.from(text), event.data);
    text = '';
  }
  parts.push(Buffer.from(`${text}}`));
  return Buffer.concat(parts);
}

function valueOf(
  field: Exclude<EnvelopeField, 'data'>,
  event: RenderedEvent,
  webhook: { id: string; accountId: string },
): string {
  switch (field) {
    case 'id':
      return event.id;
    case 'event':
      return event.type;
    case 'timestamp':
      return event.timestamp;
    case 'webhook_id':
      return webhook.id;
    case 'account_id':
      return webhook.accountId;
  }
}
