import type { Erasure } from '#libs/contracts/src/erasure';
import { saidLogDays } from '#libs/contracts/src/log-days';
import { recordKey } from '#libs/contracts/src/record-history';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { asEveryone } from '#libs/postgres/src/database';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ManualRequests } from '../delivery/manual-requests.js';
import type { DeliveryRow } from '../delivery/delivery.row.js';
import { Turns } from '../job/turns.js';
import { nextEvents, nextRejected, type AffectedEvent, type AffectedRejection, type ErasureTurn } from './affected.js';

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
    const { affected, position } = await nextEvents(this.connection, manager, turn);
    const seq = await this.say(turn, { v: 1, events: affected.map((row) => erasedEvent(turn, row)), rejected: [] });
    await this.endWaiting(manager, turn, affected);
    await this.advance(manager, turn, `events = events + ${affected.length}`, seq, position, 'rejected_events');
  }

  private async eraseRejected(manager: EntityManager, turn: ErasureTurn): Promise<void> {
    const { affected, position } = await nextRejected(this.connection, manager, turn);
    const seq = await this.say(turn, { v: 1, events: [], rejected: affected.map(erasedRejection) });
    await this.advance(manager, turn, `rejected_events = rejected_events + ${affected.length}`, seq, position, 'stored');
  }

  /** To the next position, or from the end to the next step. */
  private advance(
    manager: EntityManager,
    turn: ErasureTurn,
    counts: string,
    erasedSeq: number,
    position: number | null,
    next: ErasureTurn['step'],
  ): Promise<void> {
    const step = position === null ? next : turn.step;
    const change = `${counts}, erased_seq = greatest(erased_seq, $2), position = $3, step = $4`;
    return this.change(manager, turn, change, [erasedSeq, position ?? 0, step]);
  }

  /** Its sequence in ERASED; 0 when there was nothing to say. */
  private async say({ id, account_id, step, position }: ErasureTurn, erasure: Erasure): Promise<number> {
    if (erasure.events.length === 0 && erasure.rejected.length === 0) return 0;
    const { seq } = await this.publisher.publish(subjects.erased(account_id), JSON.stringify(erasure), {
      msgId: `${id}:${step}:${position}`,
      giveUpAfterMs: PUBLISH_WITHIN_MS,
    });
    crashPoint('delivery-log.erasure_said');
    return seq;
  }

  /** What waits would end by itself when its turn comes, which may be in a month. */
  private async endWaiting(manager: EntityManager, { account_id }: ErasureTurn, events: AffectedEvent[]): Promise<void> {
    if (events.length === 0) return;
    let after = '';
    for (;;) {
      const waiting: DeliveryRow[] = await manager.query(
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

  private async change(manager: EntityManager, { id }: ErasureTurn, change: string, values: unknown[] = []): Promise<void> {
    await manager.query(`UPDATE delivery_log.erasures SET ${change}, looked_at = clock_timestamp() WHERE id = $1`, [
      id,
      ...values,
    ]);
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
