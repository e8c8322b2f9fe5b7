import type { EventReceiptView, RejectedEventDetailView, RejectedEventView } from '#libs/api/src/event.dto';
import type { InboundWebhookView } from '#libs/api/src/inbound-webhook.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type OfAccount } from './call.js';

const reads = { needs: 'events:read' } as const;

type OfRejected<T = unknown> = OfAccount<{ rejectedId: string }> & T;

export const listRejectedEvents = call<OfAccount<{ query: PageQuery }>, Page<RejectedEventView>>(
  'delivery_log.rejected_events.list',
  reads,
);
export const getRejectedEvent = call<OfRejected, RejectedEventDetailView>('delivery_log.rejected_events.get', reads);

/** A rejected event that a person sends again. */
export interface ResendRequest {
  text: string;
  /** Id that the event would have had; null for an edited one. */
  eventId: string | null;
  /** Type in its subject; null when the subject named none. */
  type: string | null;
  receivedAt: string;
  /** The inbound webhook that it was posted to; null when it came over NATS. */
  inbound: Pick<InboundWebhookView, 'event' | 'mapping'> | null;
}

export const resendRejectedEvent = call<OfRejected<ResendRequest>, EventReceiptView>('ingestion.rejected.resend', {
  needs: 'events:write',
});
