import { ERASED_MAX, type Erasure } from '#libs/contracts/src/erasure';
import { saidLogDays } from '#libs/contracts/src/log-days';
import { recordKey } from '#libs/contracts/src/record-history';
import { subjects } from '#libs/contracts/src/subjects';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asEveryone } from '#libs/postgres/src/database';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ByHand } from '../delivery/by-hand.js';
import type { DeliveryRow } from '../delivery/deliveries.js';
import { Turns } from '../job/turns.js';
import { nextEvents, nextRejected, type ErasureTurn, type RejectedRow, type StoredEventRow } from './affected.js';

const LOOK_EVERY_MS = 200;
const PUBLISH_WITHIN_MS = 5_000;
/** Waiting deliveries that are ended together. */
const ENDED_AT_ONCE = 500;

/**
 * Does the erasures, some events at a time: says in ERASED what is to be forgotten, ends what waits for it, and moves on. A turn is a
 * transaction that holds the erasure's row, so one process works on it; one that dies has moved nothing, and what it had said is
 * said again, which changes nothing.
 */
@Injectable()
export class ErasureRunner {
  private readonly turns = new Turns('erasures', () => asEveryone(this.database, (manager) => this.turn(manager)));

  constructor(
    private readonly database: DataSource,
    private readonly publisher: Publisher,
    private readonly byHand: ByHand,
  ) {}

  start(): void {
    this.turns.start();
  }

  stop(): Promise<void> {
    return this.turns.stop();
  }

  private async turn(manager: EntityManager): Promise<number> {
    const read = (stream: string): string => `(SELECT seq FROM delivery_log.positions WHERE stream = '${stream}')`;
    const [turn]: ErasureTurn[] = await manager.query(
      `SELECT * FROM delivery_log.erasures
       WHERE finished_at IS NULL AND events_seq <= ${read('EVENTS')} AND rejected_seq <= ${read('REJECTED')}
         AND facts_seq <= ${read('FACTS')} AND (step <> 'stored' OR erased_seq <= ${read('ERASED')})
       ORDER BY looked_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (!turn) return LOOK_EVERY_MS;
    if (turn.step === 'stored') await this.change(manager, turn, 'about = NULL, finished_at = now()');
    else if (turn.step === 'events') await this.eraseEvents(manager, turn);
    else await this.eraseRejected(manager, turn);
    return 0;
  }

  private async eraseEvents(manager: EntityManager, turn: ErasureTurn): Promise<void> {
    const { rows, affected } = await nextEvents(manager, turn);
    const seq = await this.say(turn, { v: 1, events: affected.map((row) => erasedEvent(turn, row)), rejected: [] });
    await this.endWaiting(manager, turn, affected);
    const last = rows.at(-1);
    if (!last || rows.length < ERASED_MAX) {
      const begin = `step = 'rejected_events', position_at = '-infinity', position_seq = 0`;
      return this.change(manager, turn, `${begin}, events = events + $2, erased_seq = greatest(erased_seq, $3)`, [
        affected.length,
        seq,
      ]);
    }
    await this.change(
      manager,
      turn,
      'position_at = $2, position_seq = $3, events = events + $4, erased_seq = greatest(erased_seq, $5)',
      [last.stored_at, last.seq, affected.length, seq],
    );
  }

  private async eraseRejected(manager: EntityManager, turn: ErasureTurn): Promise<void> {
    const { rows, affected } = await nextRejected(manager, turn);
    const seq = await this.say(turn, { v: 1, events: [], rejected: affected.map(erasedRejection) });
    const last = rows.at(-1);
    const counts = 'rejected_events = rejected_events + $2, erased_seq = greatest(erased_seq, $3)';
    if (!last || rows.length < ERASED_MAX)
      return this.change(manager, turn, `step = 'stored', ${counts}`, [affected.length, seq]);
    await this.change(manager, turn, `position_at = $4, position_seq = $5, ${counts}`, [
      affected.length,
      seq,
      last.received_at,
      last.seq,
    ]);
  }

  /** Its sequence in ERASED; 0 when there was nothing to say. */
  private async say({ id, account_id, step, position_seq }: ErasureTurn, erasure: Erasure): Promise<number> {
    if (erasure.events.length === 0 && erasure.rejected.length === 0) return 0;
    const { seq } = await this.publisher.publish(subjects.erased(account_id), JSON.stringify(erasure), {
      msgId: `${id}:${step}:${position_seq}`,
      giveUpAfterMs: PUBLISH_WITHIN_MS,
    });
    crashPoint('delivery-log.erasure_said');
    return seq;
  }

  /** What waits would end by itself when its turn comes, which may be in a month. */
  private async endWaiting(manager: EntityManager, { account_id }: ErasureTurn, events: StoredEventRow[]): Promise<void> {
    if (events.length === 0) return;
    let after = '';
    for (;;) {
      const waiting: DeliveryRow[] = await manager.query(
        `SELECT * FROM delivery_log.deliveries
         WHERE account_id = $1 AND event_id = ANY($2) AND event_seq = ANY($3) AND status IN ('pending', 'pending_retry', 'held')
           AND id > $4 ORDER BY id LIMIT ${ENDED_AT_ONCE}`,
        [account_id, events.map(({ id }) => id), events.map(({ seq }) => seq), after],
      );
      await Promise.all(waiting.map((row) => this.byHand.endErased(row)));
      if (waiting.length < ENDED_AT_ONCE) return;
      after = waiting.at(-1)!.id;
    }
  }

  private async change(manager: EntityManager, { id }: ErasureTurn, change: string, values: unknown[] = []): Promise<void> {
    await manager.query(`UPDATE delivery_log.erasures SET ${change}, looked_at = clock_timestamp() WHERE id = $1`, [
      id,
      ...values,
    ]);
  }
}

function erasedEvent({ account_id }: ErasureTurn, row: StoredEventRow): Erasure['events'][number] {
  return {
    id: row.id,
    seq: Number(row.seq),
    type: row.type,
    occurredAt: row.occurred_at,
    storedAtMs: row.stored_at.getTime(),
    record: row.key === null ? null : recordKey(account_id, row.key),
    logDays: saidLogDays(row.log_days),
  };
}

function erasedRejection(row: RejectedRow): Erasure['rejected'][number] {
  return {
    id: row.id,
    seq: Number(row.seq),
    code: row.code,
    source: row.source,
    eventId: row.event_id,
    eventType: row.event_type,
    receivedAtMs: row.received_at.getTime(),
    logDays: saidLogDays(row.log_days),
  };
}
