import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import type { ReplayView } from '#libs/api/src/replay.dto';
import { asAccount } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { HandedOver } from './handed-over.js';
import { NOTHING_KNOWN, replayView, type ReplayCounts, type ReplayRow } from './replay.row.js';

/** Replays as a client sees them, and cancels them. */
@Injectable()
export class Replays {
  constructor(
    private readonly database: DataSource,
    private readonly handedOver: HandedOver,
  ) {}

  /** Newest first. */
  async list(accountId: string, webhookId: string, { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery): Promise<Page<ReplayView>> {
    const scope = ['replays', accountId, webhookId];
    const [createdAt, id] = positionIn(cursor, scope) ?? [null, null];
    return asAccount(this.database, accountId, async (manager) => {
      const rows: ReplayRow[] = await manager.query(
        `SELECT * FROM delivery_log.replays
         WHERE account_id = $1 AND webhook_id = $2 AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4))
         ORDER BY created_at DESC, id DESC LIMIT $5`,
        [accountId, webhookId, createdAt, id, limit + 1],
      );
      const counts = await countsOf(manager, rows);
      return pageOf(
        rows,
        limit,
        (row) => replayView(row, counts.get(row.id) ?? NOTHING_KNOWN),
        (last) => cursorOf(scope, [last.created_at.toISOString(), last.id]),
      );
    });
  }

  /** Throws `replay_not_found`, for another account's as well. */
  get(accountId: string, id: string): Promise<ReplayView> {
    return asAccount(this.database, accountId, async (manager) => {
      const [row]: ReplayRow[] = await manager.query('SELECT * FROM delivery_log.replays WHERE account_id = $1 AND id = $2', [
        accountId,
        id,
      ]);
      if (!row) throw new Problem('replay_not_found', 'There is no such replay.');
      const counts = await countsOf(manager, [row]);
      return replayView(row, counts.get(id) ?? NOTHING_KNOWN);
    });
  }

  /**
   * From the answer on nothing begins that had not. A turn that goes on at this moment takes back what it publishes; should its
   * process die, the next turn does, for which the replay stays open. Throws `replay_not_found`, `conflict` when it is completed.
   */
  async cancel(accountId: string, id: string): Promise<ReplayView> {
    const [rows]: [ReplayRow[], number] = await asAccount(this.database, accountId, (manager) =>
      manager.query(
        `UPDATE delivery_log.replays
         SET status = 'cancelled', reason = 'by_user', cancelled_by = $3, finished_at = now(), updated_at = now(), is_open = true,
             next_turn_at = CASE WHEN is_open THEN next_turn_at ELSE now() END
         WHERE account_id = $1 AND id = $2 AND status = 'running' RETURNING *`,
        [accountId, id, requestContext()?.actor],
      ),
    );
    // Where NATS does not take it now, the next turn does it.
    if (rows[0]) await this.handedOver.takeBack(rows[0]).catch(() => undefined);
    const view = await this.get(accountId, id);
    if (view.status === 'completed') throw new Problem('conflict', 'The replay is completed. There is nothing to cancel.');
    return view;
  }
}

/** What became of the deliveries of these replays, which were all created when their replay was. By its id; none: nothing yet. */
async function countsOf(manager: EntityManager, replays: ReplayRow[]): Promise<Map<string, ReplayCounts>> {
  const rows: (ReplayCounts & { replay_id: string })[] = await manager.query(
    `SELECT replay_id, count(*)::int AS known, count(*) FILTER (WHERE status = 'success')::int AS succeeded,
       count(*) FILTER (WHERE status = 'failed')::int AS failed, count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled
     FROM delivery_log.deliveries WHERE replay_id = ANY($1) AND created_at = ANY($2) GROUP BY replay_id`,
    [replays.map(({ id }) => id), replays.map(({ created_at }) => created_at)],
  );
  return new Map(rows.map(({ replay_id, ...counts }) => [replay_id, counts]));
}
