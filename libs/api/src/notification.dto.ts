import { NOTIFICATION_TYPES, type NotificationType } from '#libs/contracts/src/notification';
import { QueryFlag } from './fields.js';
import { PageQuery } from './page.dto.js';
import { Shown } from './shown.js';

export class ListNotificationsQuery extends PageQuery {
  @QueryFlag('`true` leaves out notifications that have been read.')
  unread?: 'true' | 'false';
}

export class NotificationView {
  @Shown.text('Id of the notification.', { example: 'ntf_01c6' })
  id!: string;
  @Shown.oneOf(NOTIFICATION_TYPES, 'Kind of notification, for programs.')
  type!: NotificationType;
  @Shown.text('Notification in words.', { example: "Webhook 'ERP Sync' has been paused due to repeated failures" })
  message!: string;
  @Shown.text('Id of the webhook that it is about.')
  webhook_id!: string;
  @Shown.time('When it was raised.')
  created_at!: string;
  @Shown.time('When it was read.', { nullable: 'it has not been read' })
  read_at!: string | null;
}
