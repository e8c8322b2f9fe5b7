import type { ReplayReason, ReplayStatus } from '#libs/api/src/replay.dto';
import { asEveryone } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ReplayRow } from './replay.row.js';

/** A replay whose turn a process has taken. */
export interface ReplayTurn extends ReplayRow {
  turn: number;
  /** When the turn was due. */
  due_at: Date;
  /** The turn before did not say how it ended: what it published may not be counted. */
  was_open: boolean;
}

/** How far a turn got. */
export interface Progress {
  sent: number;
  skipped: number;
  last: { stored_at: Date; seq: string };
}

/** Whoever has taken a turn and is silent for so long has died; longer than a turn can take. */
const TURN_WITHIN = `interval '10 seconds'`;
/** A replay that has to wait is looked at the less often, the longer it has been waiting. */
const WAIT = `greatest(interval '200 ms', least(interval '5 seconds', (clock_timestamp() - updated_at) / 4))`;
/** How far one that is paced may catch up with its rate. */
const CATCH_UP = `interval '250 ms'`;

/**
 * Replays that run, one turn at a time, in the order in which their turns are due: a long one is no more in the way of others than a
 * short one. Every method but `take` changes only what the turn still owns: a process that stood still for longer than a turn lasts
 * finds that it has lost it.
 */
@Injectable()
export class ReplayJobs {
  constructor(private readonly database: DataSource) {}

  /** The next turn that is due, for this process alone; null when none is. */
  async take(): Promise<ReplayTurn | null> {
    const [turns] = await this.run<ReplayTurn>(
      `WITH due AS (
         SELECT id, next_turn_at AS due_at, is_open AS was_open FROM delivery_log.replays replay
         WHERE (status = 'running' OR is_open) AND next_turn_at <= clock_timestamp()
           AND events_seq <= (SELECT seq FROM delivery_log.positions WHERE stream = 'EVENTS')
           AND facts_seq <= (SELECT seq FROM delivery_log.positions WHERE stream = 'FACTS')
         ORDER BY next_turn_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       UPDATE delivery_log.replays replay
       SET turn = turn + 1, is_open = true, next_turn_at = clock_timestamp() + ${TURN_WITHIN}
       FROM due WHERE replay.id = due.id RETURNING replay.*, due.due_at, due.was_open`,
      [],
    );
    return turns[0] ?? null;
  }

  /** How long until one is due, ms; null when none runs. */
  async dueInMs(): Promise<number | null> {
    const [row] = await asEveryone<{ ms: number | null }[]>(this.database, (manager) =>
      manager.query(
        `SELECT (extract(epoch FROM min(next_turn_at) - clock_timestamp()) * 1000)::float8 AS ms
         FROM delivery_log.replays WHERE status = 'running' OR is_open`,
      ),
    );
    return row!.ms;
  }

  /** Nothing can be done for now. What the turn before has left open stays so. */
  async wait(turn: ReplayTurn): Promise<void> {
    await this.settle(turn, `next_turn_at = clock_timestamp() + ${WAIT}, is_open = $3`, [turn.was_open]);
  }

  /** False: the turn was lost, or the replay cancelled; what was published meanwhile is another turn's to count or to take back. */
  advance(turn: ReplayTurn, { sent, skipped, last }: Progress): Promise<boolean> {
    const pace = turn.rate_per_second === null ? 0 : sent / turn.rate_per_second;
    return this.settle(
      turn,
      `is_open = false, sent = sent + $3, skipped = skipped + $4, total = greatest(total, sent + $3 + skipped + $4), position_at = $5, position_seq = $6,
       updated_at = now(), next_turn_at = greatest($7::timestamptz, clock_timestamp() - ${CATCH_UP}) + $8 * interval '1 second'`,
      [sent, skipped, last.stored_at, last.seq, turn.due_at, pace],
    );
  }

  /** Whatever was selected at the beginning and is not any more, was skipped. */
  async complete(turn: ReplayTurn): Promise<void> {
    await this.settle(
      turn,
      `is_open = false, status = 'completed', skipped = total - sent, finished_at = now(), updated_at = now()`,
    );
  }

  /** Cancelled by what happened to it. */
  async end(turn: ReplayTurn, reason: ReplayReason): Promise<void> {
    await this.settle(turn, `is_open = false, status = 'cancelled', reason = $3, finished_at = now(), updated_at = now()`, [
      reason,
    ]);
  }

  async isCancelled({ id }: ReplayTurn): Promise<boolean> {
    const [row] = await asEveryone<{ status: ReplayStatus }[]>(this.database, (manager) =>
      manager.query('SELECT status FROM delivery_log.replays WHERE id = $1', [id]),
    );
    return row?.status === 'cancelled';
  }

  /** What a cancelled replay had handed over is taken back. */
  async close({ id, turn }: ReplayTurn): Promise<void> {
    await this.run(`UPDATE delivery_log.replays SET is_open = false WHERE id = $1 AND turn = $2 AND status = 'cancelled'`, [
      id,
      turn,
    ]);
  }

  private async settle({ id, turn }: ReplayTurn, change: string, values: unknown[] = []): Promise<boolean> {
    const [, changed] = await this.run(
      `UPDATE delivery_log.replays SET ${change} WHERE id = $1 AND turn = $2 AND is_open AND status = 'running'`,
      [id, turn, ...values],
    );
    return changed === 1;
  }

  private run<Row>(text: string, values: unknown[]): Promise<[Row[], number]> {
    return asEveryone<[Row[], number]>(this.database, (manager) => manager.query(text, values));
  }
}
