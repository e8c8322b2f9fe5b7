import { ListNotificationsQuery } from '#libs/api/src/notification.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from './answers.js';
import { Id, Query } from './request-parts.js';

@Controller()
export class NotificationsGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('Notifications')
  @Needs('webhooks:read')
  @AnswersPage('notifications')
  listNotifications(@AccountId() accountId: string, @Query() query: ListNotificationsQuery) {
    return this.asker.ask('subscriptions.notifications.list', { accountId, query });
  }

  @GrpcMethod('Notifications')
  @Needs('webhooks:write')
  @Answers('notification')
  markNotificationRead(@AccountId() accountId: string, @Id() notificationId: string) {
    return this.asker.ask('subscriptions.notifications.mark_read', { accountId, notificationId });
  }
}
