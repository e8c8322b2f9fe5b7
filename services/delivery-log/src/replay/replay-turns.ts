import type { ReplayReason, ReplayStatus } from '#libs/api/src/replay.dto';
import { asEveryone } from '#libs/postgres/src/database';
import { changedRows, firstRow } from '#libs/postgres/src/rows';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hasRead } from '../positions.js';
import type { ReplayRow } from './replay.row.js';

/** A turn at a replay, taken by one process. */
export interface ReplayTurn extends ReplayRow {
  turn: number;
  /** When the turn was due. */
  due_at: Date;
  /** The previous turn did not end: deliveries it published may not be counted. */
  was_open: boolean;
}

/** Progress of a turn: its deliveries, the events it skipped, and the last event it looked at. */
export interface Progress {
  sent: number;
  skipped: number;
  last: { stored_at: Date; seq: string };
}

/** Longer than a turn can take. A process that is silent for this long has lost its turn. */
const TURN_WITHIN = `interval '10 seconds'`;
/** Back-off of a waiting replay: the longer it has waited, the less often its turn comes. */
const WAIT = `greatest(interval '200 ms', least(interval '5 seconds', (clock_timestamp() - updated_at) / 4))`;
/** A paced replay may catch up this far with its rate. */
const CATCH_UP = `interval '250 ms'`;

/**
 * Takes and ends turns at running replays, in the order in which they are due. A long replay delays others no more than a short
 * one. Every method but `take` changes the row only while its turn owns it. A process that stood still too long finds its turn lost.
 */
@Injectable()
export class ReplayTurns {
  constructor(private readonly database: DataSource) {}

  /** Takes the next turn that is due, for this process alone; null when none is due. */
  take(): Promise<ReplayTurn | null> {
    return asEveryone(this.database, (manager) =>
      firstRow<ReplayTurn>(
        manager,
        `WITH due AS (
           SELECT id, next_turn_at AS due_at, is_open AS was_open FROM delivery_log.replays replay
           WHERE (status = 'running' OR is_open) AND next_turn_at <= clock_timestamp()
             AND ${hasRead('EVENTS', 'events_seq')} AND ${hasRead('FACTS', 'facts_seq')}
           ORDER BY next_turn_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         UPDATE delivery_log.replays replay
         SET turn = turn + 1, is_open = true, next_turn_at = clock_timestamp() + ${TURN_WITHIN}
         FROM due WHERE replay.id = due.id RETURNING replay.*, due.due_at, due.was_open`,
      ),
    );
  }

  /** Returns the time until the next turn is due, ms; null when no replay runs. */
  async dueInMs(): Promise<number | null> {
    const due = await asEveryone(this.database, (manager) =>
      firstRow<{ ms: number | null }>(
        manager,
        `SELECT (extract(epoch FROM min(next_turn_at) - clock_timestamp()) * 1000)::float8 AS ms
         FROM delivery_log.replays WHERE status = 'running' OR is_open`,
      ),
    );
    return due!.ms;
  }

  /** Ends a turn that can do nothing now. A turn that was open before stays open. */
  async wait(turn: ReplayTurn): Promise<void> {
    await this.settle(turn, `next_turn_at = clock_timestamp() + ${WAIT}, is_open = $3`, [turn.was_open]);
  }

  /** Ends a turn with progress. False: the turn was lost or the replay cancelled, and another turn counts or takes back what was published. */
  advance(turn: ReplayTurn, { sent, skipped, last }: Progress): Promise<boolean> {
    const pace = turn.rate_per_second === null ? 0 : sent / turn.rate_per_second;
    return this.settle(
      turn,
      `is_open = false, sent = sent + $3, skipped = skipped + $4, total = greatest(total, sent + $3 + skipped + $4), position_at = $5, position_seq = $6,
       updated_at = now(), next_turn_at = greatest($7::timestamptz, clock_timestamp() - ${CATCH_UP}) + $8 * interval '1 second'`,
      [sent, skipped, last.stored_at, last.seq, turn.due_at, pace],
    );
  }

  /** Completes the replay. Events that were selected at first and are not selected any longer count as skipped. */
  async complete(turn: ReplayTurn): Promise<void> {
    await this.settle(
      turn,
      `is_open = false, status = 'completed', skipped = total - sent, finished_at = now(), updated_at = now()`,
    );
  }

  /** Cancels the replay for a reason other than a person's request. */
  async end(turn: ReplayTurn, reason: ReplayReason): Promise<void> {
    await this.settle(turn, `is_open = false, status = 'cancelled', reason = $3, finished_at = now(), updated_at = now()`, [
      reason,
    ]);
  }

  async isCancelled({ id }: ReplayTurn): Promise<boolean> {
    const row = await asEveryone(this.database, (manager) =>
      firstRow<{ status: ReplayStatus }>(manager, 'SELECT status FROM delivery_log.replays WHERE id = $1', [id]),
    );
    return row?.status === 'cancelled';
  }

  /** Closes a cancelled replay whose deliveries were taken back. */
  async close({ id, turn }: ReplayTurn): Promise<void> {
    const text = `UPDATE delivery_log.replays SET is_open = false WHERE id = $1 AND turn = $2 AND status = 'cancelled'`;
    await asEveryone(this.database, (manager) => changedRows(manager, text, [id, turn]));
  }

  private async settle({ id, turn }: ReplayTurn, change: string, values: unknown[] = []): Promise<boolean> {
    const text = `UPDATE delivery_log.replays SET ${change} WHERE id = $1 AND turn = $2 AND is_open AND status = 'running'`;
    return (await asEveryone(this.database, (manager) => changedRows(manager, text, [id, turn, ...values]))) === 1;
  }
}
