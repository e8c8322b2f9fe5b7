import type { DeliveryView } from '#libs/api/src/delivery.dto';
import { getDelivery, type retryDelivery } from '#libs/contracts/src/calls/deliveries';
import { getWebhook } from '#libs/contracts/src/calls/webhooks';
import { Problem } from '#libs/problem/src/problem';
import type { Asker } from '#libs/service/src/ask';

/** Asks for a manual attempt, or cancels a delivery. The log decides by the webhook's status whether that is possible. */
export async function requestManually(
  asker: Asker,
  call: typeof retryDelivery,
  delivery: { accountId: string; deliveryId: string },
): Promise<DeliveryView> {
  const { webhook_id: webhookId } = await asker.ask(getDelivery, delivery);
  const webhook = await asker.ask(getWebhook, { accountId: delivery.accountId, webhookId }).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'webhook_not_found') return null;
    throw error;
  });
  return asker.ask(call, { ...delivery, webhookStatus: webhook?.status ?? null });
}
