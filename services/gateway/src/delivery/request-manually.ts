import type { DeliveryDetailView, DeliveryView } from '#libs/api/src/delivery.dto';
import type { WebhookView } from '#libs/api/src/webhook.dto';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';

/** A person asks for an attempt now, or for the end of a delivery; over HTTP and gRPC alike. The log asks what its webhook allows. */
export async function requestManually(
  asker: Asker,
  accountId: string,
  deliveryId: string,
  operation: 'retry' | 'cancel',
): Promise<DeliveryView> {
  const { webhook_id: webhookId } = await asker.ask<DeliveryDetailView>('delivery_log.deliveries.get', { accountId, deliveryId });
  const webhook = await asker.ask<WebhookView>('subscriptions.webhooks.get', { accountId, webhookId }).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'webhook_not_found') return null;
    throw error;
  });
  return asker.ask<DeliveryView>('delivery_log.deliveries.manual', {
    accountId,
    deliveryId,
    operation,
    webhookStatus: webhook?.status ?? null,
  });
}
