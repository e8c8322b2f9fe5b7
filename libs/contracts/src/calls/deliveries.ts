import type { DeliveryDetailView, DeliveryView, ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookViewStatus } from '#libs/api/src/webhook.dto';
import { call, type OfAccount } from './call.js';

const reads = { needs: 'deliveries:read' } as const;
const writes = { needs: 'deliveries:write' } as const;

type OfDelivery<T = unknown> = OfAccount<{ deliveryId: string }> & T;
/** `webhookStatus` null: the webhook is deleted. */
type Requested = OfDelivery<{ webhookStatus: WebhookViewStatus | null }>;

export const listDeliveries = call<OfAccount<{ webhookId: string; query: ListDeliveriesQuery }>, Page<DeliveryView>>(
  'delivery_log.deliveries.list',
  reads,
);
export const getDelivery = call<OfDelivery, DeliveryDetailView>('delivery_log.deliveries.get', reads);
export const retryDelivery = call<Requested, DeliveryView>('delivery_log.deliveries.retry', writes);
export const cancelDelivery = call<Requested, DeliveryView>('delivery_log.deliveries.cancel', writes);
