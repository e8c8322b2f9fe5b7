import { ListNotificationsQuery, NotificationView } from '#libs/api/src/notification.dto';
import { listNotifications, markNotificationRead } from '#libs/contracts/src/calls/notifications';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';

@ApiTags('Notifications')
@Controller('api/v1/notifications')
export class NotificationController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Needs(listNotifications)
  @AnswersPage('Lists notifications to admins, newest first', NotificationView)
  listNotifications(@AccountId() accountId: string, @Query() query: ListNotificationsQuery) {
    return this.asker.ask(listNotifications, { accountId, query });
  }

  @Post(':id/read')
  @Needs(markNotificationRead)
  @HttpCode(200)
  @Answers(200, 'Marks a notification as read', NotificationView)
  @Problems('notification_not_found')
  markNotificationRead(@AccountId() accountId: string, @Param('id') notificationId: string) {
    return this.asker.ask(markNotificationRead, { accountId, notificationId });
  }
}
