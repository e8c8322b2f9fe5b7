import type {
  CreateInboundWebhookDto,
  InboundReceipt,
  InboundWebhookView,
  UpdateInboundWebhookDto,
} from '#libs/api/src/inbound-webhook.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type Nothing, type OfAccount } from './call.js';

const reads = { needs: 'webhooks:read' } as const;
const writes = { needs: 'webhooks:write' } as const;

/** `publicUrl`: where the gateway is reached, the start of every inbound URL. */
type WithUrl<T = unknown> = OfAccount<{ publicUrl: string }> & T;

export const createInboundWebhook = call<WithUrl<{ body: CreateInboundWebhookDto }>, InboundWebhookView>(
  'subscriptions.inbound_webhooks.create',
  writes,
);
export const listInboundWebhooks = call<WithUrl<{ query: PageQuery }>, Page<InboundWebhookView>>(
  'subscriptions.inbound_webhooks.list',
  reads,
);
export const getInboundWebhook = call<WithUrl<{ inboundWebhookId: string }>, InboundWebhookView>(
  'subscriptions.inbound_webhooks.get',
  reads,
);
export const updateInboundWebhook = call<
  WithUrl<{ inboundWebhookId: string; body: UpdateInboundWebhookDto }>,
  InboundWebhookView
>('subscriptions.inbound_webhooks.update', writes);
export const deleteInboundWebhook = call<OfAccount<{ inboundWebhookId: string }>, Nothing>(
  'subscriptions.inbound_webhooks.delete',
  writes,
);

/** A post to `/in/<token>`. */
export interface InboundRequest {
  /** SHA-256 of the token, hex. The token itself stays in the gateway. */
  tokenHash: string;
  headers: Record<string, string>;
  /** Raw bytes, base64. */
  body: string;
  traceparent: string | null;
}

export const receiveInbound = call<InboundRequest, InboundReceipt>('ingestion.inbound.receive');
