import type { ListNotificationsQuery, NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { OfAccount } from '#libs/contracts/src/calls/call';
import { listNotifications, markNotificationRead } from '#libs/contracts/src/calls/notifications';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Notifications } from './notifications.js';

@Controller()
export class NotificationsHandler {
  constructor(private readonly notifications: Notifications) {}

  @Answers(listNotifications)
  list({ accountId, query }: OfAccount<{ query: ListNotificationsQuery }>): Promise<Page<NotificationView>> {
    return this.notifications.list(accountId, query);
  }

  @Answers(markNotificationRead)
  markRead({ accountId, notificationId }: OfAccount<{ notificationId: string }>): Promise<NotificationView> {
    return this.notifications.markRead(accountId, notificationId);
  }
}
