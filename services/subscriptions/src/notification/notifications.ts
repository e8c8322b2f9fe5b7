import type { ListNotificationsQuery, NotificationView } from '#libs/api/src/notification.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { NotificationType } from '#libs/contracts/src/notification';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { mapPage, readPage } from '#libs/postgres/src/read-page';
import { firstRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';

/** Tells an admin of something once: a second notification of a webhook with the same `about` is dropped. */
export interface NewNotification {
  accountId: string;
  webhookId: string;
  type: NotificationType;
  message: string;
  about: string;
}

interface Row {
  id: string;
  type: NotificationType;
  message: string;
  webhook_id: string;
  created_at: Date;
  read_at: Date | null;
}

const COLUMNS = 'id, type, message, webhook_id, created_at, read_at';

/** Notifications for admins: stored once, and published through the outbox under `notifications.<account>.<type>`. */
@Injectable()
export class Notifications {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
  ) {}

  /** Raises a notification within the transaction of the change that it tells of. */
  async raise(manager: EntityManager, { accountId, webhookId, type, message, about }: NewNotification): Promise<void> {
    const id = newId('ntf');
    const inserted = await firstRow(
      manager,
      `INSERT INTO subscriptions.notifications (id, account_id, webhook_id, type, message, about) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (webhook_id, about) DO NOTHING RETURNING id`,
      [id, accountId, webhookId, type, message, about],
    );
    if (inserted) await this.outbox.enqueue(manager, 'notification', accountId, id);
  }

  /** Newest first. */
  async list(accountId: string, query: ListNotificationsQuery): Promise<Page<NotificationView>> {
    const { unread = '' } = query;
    const list = {
      scope: ['notifications', accountId, unread],
      select: `
        SELECT ${COLUMNS} FROM subscriptions.notifications
        WHERE account_id = $1 AND ($2 <> 'true' OR read_at IS NULL)`,
      params: [accountId, unread],
    };
    const page = await asAccount(this.database, accountId, (manager) => readPage<Row>(manager, list, query));
    return mapPage(page, notificationView);
  }

  /** Keeps the time of the first reading. Throws `notification_not_found`. */
  async markRead(accountId: string, id: string): Promise<NotificationView> {
    const read = await asAccount(this.database, accountId, (manager) =>
      firstRow<Row>(
        manager,
        `UPDATE subscriptions.notifications SET read_at = coalesce(read_at, now())
         WHERE account_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [accountId, id],
      ),
    );
    if (!read) throw new Problem('notification_not_found', 'There is no such notification.');
    return notificationView(read);
  }
}

function notificationView(row: Row): NotificationView {
  return {
    id: row.id,
    type: row.type,
    message: row.message,
    webhook_id: row.webhook_id,
    created_at: row.created_at.toISOString(),
    read_at: row.read_at?.toISOString() ?? null,
  };
}
