import type { EventReceiptView } from '#libs/api/src/event.dto';
import { publishEvents } from '#libs/contracts/src/calls/events';
import type { Asker } from '#libs/service/src/ask';
import { crashPoint } from '#libs/service/src/crash-point';

/** Publishes the event in `body`, or the array of them, and answers in kind. */
export async function publishText(
  asker: Asker,
  request: { accountId: string; body: string; traceparent: string | null },
): Promise<EventReceiptView | EventReceiptView[]> {
  const receipts = await asker.ask(publishEvents, request);
  crashPoint('gateway.accepted');
  return request.body.trimStart().startsWith('[') ? receipts : receipts[0]!;
}
