import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import type { WebhookHealth } from '#libs/contracts/src/webhook-health';
import type { NewNotification } from '../notification/notifications.js';
import type { WebhookRow } from '../state/webhook.row.js';
import { warningsAt, type StatusDecision } from './after-failures.js';

type Named = Pick<WebhookRow, 'id' | 'account_id' | 'name' | 'failures_since_revision' | 'auto_pause'>;

/** Notifications about a failing webhook. `about` names the series of failures, so each is raised once in a series. */
export function failureNotifications(row: Named, health: WebhookHealth): NewNotification[] {
  const of = { accountId: row.account_id, webhookId: row.id };
  const notifications: NewNotification[] = warningsAt(health.consecutiveFailures, row.auto_pause).map((count) => ({
    ...of,
    type: 'webhook.failing',
    message:
      `Webhook '${row.name}' has failed ${count} times in a row; ` +
      `it will be ${row.auto_pause!.action === 'pause' ? 'paused' : 'disabled'} after ${row.auto_pause!.afterFailures}`,
    about: `failing ${count} since ${health.failingSinceMs}`,
  }));
  if (health.exhausted > 0) {
    notifications.push({
      ...of,
      type: 'delivery.exhausted',
      message: `A delivery to webhook '${row.name}' has failed after all its attempts: ${health.lastError}`,
      about: `exhausted since ${health.failingSinceMs}`,
    });
  }
  if (health.expiringHeldMs !== null) {
    const day = new Date(health.expiringHeldMs + WAITS_MAX_MS).toISOString().slice(0, 10);
    notifications.push({
      ...of,
      type: 'deliveries.expiring',
      message: `Deliveries held for webhook '${row.name}' will end as failed from ${day} on, unless it is resumed`,
      about: `expiring ${health.expiringHeldMs}`,
    });
  }
  return notifications;
}

/** Tells that failures have ended a webhook, in the words of the CRM's documents. */
export function endNotification(row: Named, { status, statusReason }: StatusDecision): NewNotification {
  const why = statusReason === 'gone' ? 'because its receiver answered 410 Gone' : 'due to repeated failures';
  return {
    accountId: row.account_id,
    webhookId: row.id,
    type: status === 'paused' ? 'webhook.paused' : 'webhook.disabled',
    message: `Webhook '${row.name}' has been ${status} ${why}`,
    about: `${status} of ${row.failures_since_revision}`,
  };
}

/** Tells that a probe has resumed a webhook. */
export function resumedNotification(row: Named): NewNotification {
  return {
    accountId: row.account_id,
    webhookId: row.id,
    type: 'webhook.resumed',
    message: `Webhook '${row.name}' has been resumed: its receiver answers again`,
    about: `resumed of ${row.failures_since_revision}`,
  };
}
