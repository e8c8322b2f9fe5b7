import type { ListNotificationsQuery, NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import { call, type OfAccount } from './call.js';

export const listNotifications = call<OfAccount<{ query: ListNotificationsQuery }>, Page<NotificationView>>(
  'subscriptions.notifications.list',
  { needs: 'webhooks:read' },
);
export const markNotificationRead = call<OfAccount<{ notificationId: string }>, NotificationView>(
  'subscriptions.notifications.mark_read',
  { needs: 'webhooks:write' },
);
