import type { EventExplanationView, ExplainEventQuery } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import { MOMENT_OF_CHANGE_MS, type WebhookHistory } from '#libs/contracts/src/webhook-history';
import type { Asker } from '#libs/service/src/ask';

/** Why an event came to a webhook, or did not. The log knows what happened, subscriptions what the webhooks were then. */
export async function explainEvent(
  asker: Asker,
  accountId: string,
  eventId: string,
  query: ExplainEventQuery,
): Promise<EventExplanationView> {
  const { receivedAtMs } = await asker.ask<{ receivedAtMs: number }>('delivery_log.explain.received_at', { accountId, eventId });
  const webhooks = await asker.ask<Page<WebhookHistory>>('subscriptions.webhooks.histories', {
    accountId,
    sinceMs: receivedAtMs - MOMENT_OF_CHANGE_MS,
    query,
  });
  const isInFull = query.webhook_id !== undefined;
  return asker.ask('delivery_log.explain.event', { accountId, eventId, webhooks, isInFull });
}
