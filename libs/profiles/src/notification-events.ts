import { NOTIFICATION_TYPES, type NotificationType } from '#libs/contracts/src/notification';
import type { EventType } from './profile.js';
import { eventType } from './event-type.js';

const DESCRIPTIONS: Record<NotificationType, [description: string, message: string]> = {
  'webhook.failing': [
    'A webhook is failing and will be paused or disabled',
    "Webhook 'ERP Sync' has failed 5 times in a row; it will be paused after 10",
  ],
  'webhook.paused': ['A webhook has been paused after failures', "Webhook 'ERP Sync' has been paused due to repeated failures"],
  'webhook.disabled': [
    'A webhook has been disabled',
    "Webhook 'ERP Sync' has been disabled because its receiver answered 410 Gone",
  ],
  'webhook.resumed': [
    'A paused webhook has been resumed by a probe',
    "Webhook 'ERP Sync' has been resumed: its receiver answers again",
  ],
  'delivery.exhausted': [
    'A delivery has failed after all its attempts',
    "A delivery to webhook 'ERP Sync' has failed after all its attempts: 503",
  ],
  'deliveries.expiring': [
    'Held deliveries will soon expire and end as failed',
    "Deliveries held for webhook 'ERP Sync' will end as failed from 2026-04-20 on, unless it is resumed",
  ],
};

/** Notifications about an account's webhooks, as event types that another of its webhooks may subscribe to. */
export const notificationEventTypes: EventType[] = NOTIFICATION_TYPES.map((type) => {
  const [description, message] = DESCRIPTIONS[type];
  return eventType(type, 'Webhooks', description, {
    webhook_id: 'wh_abc123def456',
    webhook_name: 'ERP Sync',
    message,
    notification_id: 'ntf_0190f6f2a1b27c3d8e4f5a6b7c8d9e0f',
  });
});
