import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import type { WebhookHealth } from '#libs/contracts/src/webhook-health';
import type { Note } from '../notification/notifications.js';
import type { WebhookRow } from '../webhook/webhook.row.js';
import { warningsAt, type StatusDecision } from './after-failures.js';

type Named = Pick<WebhookRow, 'id' | 'accountId' | 'name' | 'failuresSinceRevision' | 'autoPause'>;

/** What an admin should know of a webhook that fails. `about` names the bad time, so that each is told once in it. */
export function notesOf(row: Named, health: WebhookHealth): Note[] {
  const of = { accountId: row.accountId, webhookId: row.id };
  const notes: Note[] = warningsAt(health.consecutiveFailures, row.autoPause).map((count) => ({
    ...of,
    type: 'webhook.failing',
    message:
      `Webhook '${row.name}' has failed ${count} times in a row; ` +
      `it will be ${row.autoPause!.action === 'pause' ? 'paused' : 'disabled'} after ${row.autoPause!.afterFailures}`,
    about: `failing ${count} since ${health.failingSinceMs}`,
  }));
  if (health.exhausted > 0) {
    notes.push({
      ...of,
      type: 'delivery.exhausted',
      message: `A delivery to webhook '${row.name}' has failed after all its attempts: ${health.lastError}`,
      about: `exhausted since ${health.failingSinceMs}`,
    });
  }
  if (health.expiringHeldMs !== null) {
    const day = new Date(health.expiringHeldMs + WAITS_MAX_MS).toISOString().slice(0, 10);
    notes.push({
      ...of,
      type: 'deliveries.expiring',
      message: `Deliveries held for webhook '${row.name}' will end as failed from ${day} on, unless it is resumed`,
      about: `expiring ${health.expiringHeldMs}`,
    });
  }
  return notes;
}

/** The words are the CRM documents' own. */
export function endOf(row: Named, { status, statusReason }: StatusDecision): Note {
  const why = statusReason === 'gone' ? 'because its receiver answered 410 Gone' : 'due to repeated failures';
  return {
    accountId: row.accountId,
    webhookId: row.id,
    type: status === 'paused' ? 'webhook.paused' : 'webhook.disabled',
    message: `Webhook '${row.name}' has been ${status} ${why}`,
    about: `${status} of ${row.failuresSinceRevision}`,
  };
}

export function resumed(row: Named): Note {
  return {
    accountId: row.accountId,
    webhookId: row.id,
    type: 'webhook.resumed',
    message: `Webhook '${row.name}' has been resumed: its receiver answers again`,
    about: `resumed of ${row.failuresSinceRevision}`,
  };
}
