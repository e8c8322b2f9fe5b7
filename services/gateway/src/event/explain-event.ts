import type { EventExplanationView, ExplainEventQuery } from '#libs/api/src/explain.dto';
import { explainEvent, getReceivedAt } from '#libs/contracts/src/calls/events';
import { listWebhookHistories } from '#libs/contracts/src/calls/webhooks';
import { MOMENT_OF_CHANGE_MS } from '#libs/contracts/src/webhook-history';
import type { Asker } from '#libs/service/src/ask';

/** Explains why an event reached a webhook, or did not: the log knows the attempts, subscriptions the webhooks' past states. */
export async function explainFromHistory(
  asker: Asker,
  { accountId, eventId, query }: { accountId: string; eventId: string; query: ExplainEventQuery },
): Promise<EventExplanationView> {
  const { receivedAtMs } = await asker.ask(getReceivedAt, { accountId, eventId });
  const sinceMs = receivedAtMs - MOMENT_OF_CHANGE_MS;
  const webhooks = await asker.ask(listWebhookHistories, { accountId, sinceMs, query });
  return asker.ask(explainEvent, { accountId, eventId, webhooks, isInFull: query.webhook_id !== undefined });
}
