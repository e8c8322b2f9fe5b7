import type { Erasure } from '#libs/contracts/src/erasure';
import { saidLogDays } from '#libs/contracts/src/log-days';
import { recordKey } from '#libs/contracts/src/record-history';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asEveryone } from '#libs/postgres/src/database';
import { firstRow, rows, type Sql } from '#libs/postgres/src/rows';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ManualRequests } from '../delivery/manual-requests.js';
import type { DeliveryRow } from '../delivery/delivery.row.js';
import { Turns } from '../job/turns.js';
import { hasRead } from '../positions.js';
import { nextEvents, nextRejected, type AffectedEvent, type AffectedRejection, type ErasureTurn } from './affected.js';

const LOOK_EVERY_MS = 200;
const PUBLISH_WITHIN_MS = 5_000;
/** Waiting deliveries that are ended at once. */
const ENDED_AT_ONCE = 500;

/**
 * Carries out erasures, some events at a time: names them in ERASED, ends their waiting deliveries, and moves on. A turn is a
 * transaction that locks the erasure's row, so one process works on it. If it dies, nothing has moved: the next turn publishes
 * the same names again, which changes nothing.
 */
@Injectable()
export class ErasureRunner {
  private readonly turns = new Turns('erasures', () => asEveryone(this.database, (manager) => this.turn(manager)));

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly manual: ManualRequests,
  ) {}

  start(): void {
    this.turns.start();
  }

  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** Takes the erasure that has waited longest. It begins when the log has read the streams up to its request. */
  private async turn(sql: Sql): Promise<number> {
    const turn = await firstRow<ErasureTurn>(
      sql,
      `SELECT * FROM delivery_log.erasures
       WHERE finished_at IS NULL AND ${hasRead('EVENTS', 'events_seq')} AND ${hasRead('REJECTED', 'rejected_seq')}
         AND ${hasRead('FACTS', 'facts_seq')} AND (step <> 'stored' OR ${hasRead('ERASED', 'erased_seq')})
       ORDER BY looked_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (turn === null) return LOOK_EVERY_MS;
    if (turn.step === 'stored') await this.change(sql, turn, 'about = NULL, finished_at = now()');
    else if (turn.step === 'events') await this.eraseEvents(sql, turn);
    else await this.eraseRejected(sql, turn);
    return 0;
  }

  private async eraseEvents(sql: Sql, turn: ErasureTurn): Promise<void> {
    const { affected, position } = await nextEvents(this.connection, sql, turn);
    const seq = await this.publish(turn, { v: 1, events: affected.map((row) => erasedEvent(turn, row)), rejected: [] });
    await this.endWaiting(sql, turn, affected);
    await this.advance(sql, turn, `events = events + ${affected.length}`, seq, position, 'rejected_events');
  }

  private async eraseRejected(sql: Sql, turn: ErasureTurn): Promise<void> {
    const { affected, position } = await nextRejected(this.connection, sql, turn);
    const seq = await this.publish(turn, { v: 1, events: [], rejected: affected.map(erasedRejection) });
    await this.advance(sql, turn, `rejected_events = rejected_events + ${affected.length}`, seq, position, 'stored');
  }

  /** Moves the erasure to its next position, or from the end of a stream to the next step. */
  private advance(
    sql: Sql,
    turn: ErasureTurn,
    counts: string,
    erasedSeq: number,
    position: number | null,
    next: ErasureTurn['step'],
  ): Promise<void> {
    const step = position === null ? next : turn.step;
    const change = `${counts}, erased_seq = greatest(erased_seq, $2), position = $3, step = $4`;
    return this.change(sql, turn, change, [erasedSeq, position ?? 0, step]);
  }

  /** Names the events in ERASED. Returns the message's sequence, or 0 when there is nothing to erase. */
  private async publish({ id, account_id, step, position }: ErasureTurn, erasure: Erasure): Promise<number> {
    if (erasure.events.length === 0 && erasure.rejected.length === 0) return 0;
    const { seq } = await this.publisher.publish(subjects.erased(account_id), JSON.stringify(erasure), {
      msgId: `${id}:${step}:${position}`,
      giveUpAfterMs: PUBLISH_WITHIN_MS,
    });
    crashPoint('delivery-log.erasure_said');
    return seq;
  }

  /** Ends waiting deliveries now. On their own they would end at their next attempt, perhaps in a month. */
  private async endWaiting(sql: Sql, { account_id }: ErasureTurn, events: AffectedEvent[]): Promise<void> {
    if (events.length === 0) return;
    let after = '';
    for (;;) {
      const waiting = await rows<DeliveryRow>(
        sql,
        `SELECT * FROM delivery_log.deliveries
         WHERE account_id = $1 AND event_id = ANY($2) AND event_seq = ANY($3) AND status IN ('pending', 'pending_retry', 'held')
           AND id > $4 ORDER BY id LIMIT ${ENDED_AT_ONCE}`,
        [account_id, events.map(({ id }) => id), events.map(({ seq }) => seq), after],
      );
      await Promise.all(waiting.map((row) => this.manual.endErased(row)));
      if (waiting.length < ENDED_AT_ONCE) return;
      after = waiting.at(-1)!.id;
    }
  }

  private async change(sql: Sql, { id }: ErasureTurn, change: string, values: unknown[] = []): Promise<void> {
    const text = `UPDATE delivery_log.erasures SET ${change}, looked_at = clock_timestamp() WHERE id = $1`;
    await rows(sql, text, [id, ...values]);
  }
}

function erasedEvent({ account_id }: ErasureTurn, event: AffectedEvent): Erasure['events'][number] {
  const { id, seq, type, key, occurredAt, storedAtMs, logDays } = event;
  const record = key === null ? null : recordKey(account_id, key);
  return { id, seq, type, occurredAt, storedAtMs, record, logDays: saidLogDays(logDays) };
}

function erasedRejection(rejected: AffectedRejection): Erasure['rejected'][number] {
  const { id, seq, code, source, eventId, eventType, receivedAtMs, logDays } = rejected;
  return { id, seq, code, source, eventId, eventType, receivedAtMs, logDays: saidLogDays(logDays) };
}
