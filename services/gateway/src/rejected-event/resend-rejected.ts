import type { EventReceiptView, RejectedEventDetailView, ResendRejectedEventDto } from '#libs/api/src/event.dto';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';

/** Sends a rejected event again. The log says what it was, and subscriptions how what came to an inbound webhook becomes an event. */
export async function resendRejected(
  asker: Asker,
  accountId: string,
  rejectedId: string,
  { body }: ResendRejectedEventDto,
): Promise<EventReceiptView> {
  const rejected = await asker.ask<RejectedEventDetailView>('delivery_log.rejected_events.get', { accountId, rejectedId });
  if (rejected.erased_at !== null && body === undefined)
    throw new Problem('conflict', 'The body of this event was erased: send one with the request.');
  // Bytes that were no JSON still are none; as text they may even look as if they were.
  if (body === undefined && rejected.code === 'invalid_json')
    throw new Problem('invalid_json', `Send an edited body: ${rejected.reason}`);
  const inboundWebhookId = /^\/in\/(.+)$/.exec(rejected.source)?.[1];
  const inbound =
    inboundWebhookId === undefined
      ? null
      : await asker.ask('subscriptions.inbound_webhooks.get', { accountId, inboundWebhookId, publicUrl: '' });
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? rejected.body);
  return asker.ask<EventReceiptView>('ingestion.rejected.resend', {
    accountId,
    rejectedId,
    text,
    // An event that was not edited is the one that it would have been.
    eventId: text === rejected.body ? rejected.event_id : null,
    type: rejected.event,
    receivedAt: rejected.received_at,
    inbound,
  });
}
