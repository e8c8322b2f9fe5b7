import type { ListNotificationsQuery, NotificationView } from '#libs/api/src/notification.dto';
import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page } from '#libs/api/src/page.dto';
import type { NotificationType } from '#libs/contracts/src/notification';
import { newId } from '#libs/contracts/src/ids';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Outbox } from '../outbox/outbox.js';

/** Something that an admin should know of. `about` makes it one notification, however often it is noted. */
export interface Note {
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

/** What admins are told. Each is stored once, and published through the outbox under `notifications.<account>.<type>`. */
@Injectable()
export class Notifications {
  constructor(
    private readonly database: DataSource,
    private readonly outbox: Outbox,
  ) {}

  /** Within the transaction of what it tells of. */
  async raise(manager: EntityManager, { accountId, webhookId, type, message, about }: Note): Promise<void> {
    const id = newId('ntf');
    const inserted: unknown[] = await manager.query(
      `INSERT INTO subscriptions.notifications (id, account_id, webhook_id, type, message, about) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (webhook_id, about) DO NOTHING RETURNING id`,
      [id, accountId, webhookId, type, message, about],
    );
    if (inserted.length > 0) await this.outbox.enqueue(manager, 'notification', accountId, id);
  }

  /** Newest first. */
  async list(accountId: string, query: ListNotificationsQuery): Promise<Page<NotificationView>> {
    const { limit = PAGE_LIMIT_DEFAULT, cursor, unread } = query;
    const scope = ['notifications', accountId, unread ?? ''];
    const [createdAt, id] = positionIn(cursor, scope) ?? [null, null];
    const rows: Row[] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `SELECT ${COLUMNS} FROM subscriptions.notifications
       WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3)) AND ($4 <> 'true' OR read_at IS NULL)
       ORDER BY created_at DESC, id DESC LIMIT $5`,
        [accountId, createdAt, id, unread ?? '', limit + 1],
      ),
    );
    return pageOf(rows, limit, notificationView, (last) => cursorOf(scope, [last.created_at.toISOString(), last.id]));
  }

  /** Throws `notification_not_found`. One that was read before stays as it is. */
  async markRead(accountId: string, id: string): Promise<NotificationView> {
    const [rows]: [Row[], number] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `UPDATE subscriptions.notifications SET read_at = coalesce(read_at, now()) WHERE account_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [accountId, id],
      ),
    );
    if (!rows[0]) throw new Problem('notification_not_found', 'There is no such notification.');
    return notificationView(rows[0]);
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
