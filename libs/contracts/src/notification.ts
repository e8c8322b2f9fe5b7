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

/** Whether events of this type are Tidings' own: no key publishes them, and no account defines them. */
export function isPlatformType(type: string): boolean {
  return /^(webhook|delivery)\./.test(type);
}

/** Says so in an error. */
export const PLATFORM_TYPE_MISTAKE = 'is a type of Tidings itself: nobody else publishes webhook.* and delivery.*';

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
