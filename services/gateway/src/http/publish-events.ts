import type { EventReceiptView } from '#libs/api/src/event.dto';
import type { Asker } from '#libs/service/src/ask';
import { crashPoint } from '#libs/service/src/crash-point';

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Publishes an event, or an array of them, and answers in kind. */
export async function publishEvents(
  asker: Asker,
  accountId: string,
  body: string,
  traceparent: unknown,
): Promise<EventReceiptView | EventReceiptView[]> {
  const receipts = await asker.ask<EventReceiptView[]>('ingestion.events.accept', {
    accountId,
    body,
    traceparent: traceparentOf(traceparent),
  });
  crashPoint('gateway.accepted');
  return body.trimStart().startsWith('[') ? receipts : receipts[0]!;
}

/** The header's value when it is one, else null. */
export function traceparentOf(header: unknown): string | null {
  return typeof header === 'string' && TRACEPARENT.test(header) ? header : null;
}
