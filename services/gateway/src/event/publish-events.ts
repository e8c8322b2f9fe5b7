import type { EventReceiptView } from '#libs/api/src/event.dto';
import type { Asker } from '#libs/service/src/ask';
import { crashPoint } from '#libs/service/src/crash-point';

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
    traceparent: typeof traceparent === 'string' ? traceparent : null,
  });
  crashPoint('gateway.accepted');
  return body.trimStart().startsWith('[') ? receipts : receipts[0]!;
}
