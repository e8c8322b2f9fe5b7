/** The kinds of notifications for admins. Each is also an event type that a webhook may subscribe to by its name. */
export const NOTIFICATION_TYPES = [
  'webhook.failing',
  'webhook.paused',
  'webhook.disabled',
  'webhook.resumed',
  'delivery.exhausted',
  'deliveries.expiring',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** The body of a message under `notifications.<account>.<type>`. */
export interface NotificationMessage {
  v: 1;
  id: string;
  accountId: string;
  webhookId: string;
  type: NotificationType;
  message: string;
  /** RFC 3339 UTC. */
  createdAt: string;
}
