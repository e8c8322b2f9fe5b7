import type { EventReceiptView, RejectedEventDetailView, ResendRejectedEventDto } from '#libs/api/src/event.dto';
import { getInboundWebhook } from '#libs/contracts/src/calls/inbound-webhooks';
import { getRejectedEvent, resendRejectedEvent, type ResendRequest } from '#libs/contracts/src/calls/rejected-events';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';

/** Sends a rejected event again: the log has its body, subscriptions the mapping of its inbound webhook. */
export async function resendRejected(
  asker: Asker,
  { accountId, rejectedId }: { accountId: string; rejectedId: string },
  { body }: ResendRejectedEventDto,
): Promise<EventReceiptView> {
  const rejected = await asker.ask(getRejectedEvent, { accountId, rejectedId });
  if (body === undefined) checkResendable(rejected);
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? rejected.body);
  return asker.ask(resendRejectedEvent, {
    accountId,
    rejectedId,
    text,
    // An unedited event keeps its id.
    eventId: text === rejected.body ? rejected.event_id : null,
    type: rejected.event,
    receivedAt: rejected.received_at,
    inbound: await inboundOf(asker, accountId, rejected),
  });
}

/** Throws for a body that cannot be sent as it came. */
function checkResendable({ erased_at: erasedAt, code, reason }: RejectedEventDetailView): void {
  if (erasedAt !== null) throw new Problem('conflict', 'The body of this event was erased. Send a body with the request.');
  // Bytes that were not UTF-8 are shown with replacement characters, and may then look like JSON.
  if (code === 'invalid_json') throw new Problem('invalid_json', `Send an edited body: ${reason}`);
}

async function inboundOf(
  asker: Asker,
  accountId: string,
  { source }: RejectedEventDetailView,
): Promise<ResendRequest['inbound']> {
  const inboundWebhookId = /^\/in\/(.+)$/.exec(source)?.[1];
  if (inboundWebhookId === undefined) return null;
  return asker.ask(getInboundWebhook, { accountId, inboundWebhookId, publicUrl: '' });
}
