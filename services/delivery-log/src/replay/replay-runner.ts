import { setTimeout as sleep } from 'node:timers/promises';
import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { rows } from '#libs/postgres/src/rows';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Turns } from '../job/turns.js';
import { positionOf } from '../positions.js';
import { ReplayQueue, replayedDeliveryId } from './replay-queue.js';
import { ReplayTurns, type ReplayTurn } from './replay-turns.js';
import { ReplayedWebhooks } from './replayed-webhooks.js';
import { lookOn, type LookedAt } from './select-events.js';

/** Events that a turn looks at. */
const LOOK_AT_MAX = 500;
/** Events whose data a turn reads for a filter, up to 256 KiB each. */
const LOOK_INSIDE_MAX = 100;
/** Deliveries of one replay in REPLAYS. A million would wait there for days, and be cancelled one by one. */
const WAITING_MAX = 1_000;
/** A turn of a paced replay hands over a quarter of a second's worth. */
const PACED_TURN_SECONDS = 0.25;
/** A paced replay's limit in REPLAYS: deliveries that pile up there behind a pause are later sent at full speed. */
const PACED_WAITING_SECONDS = 1;
/** A replay that another process stored is noticed within this time. */
const LOOK_EVERY_MS = 200;
const LOGGED_WITHIN_MS = 4_000;
const LOGGED_EVERY_MS = 50;

/** Runs replays, turn by turn. Every process of the service runs one. */
@Injectable()
export class ReplayRunner {
  private readonly turns = new Turns('replays', () => this.turn());

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly replays: ReplayTurns,
    private readonly queue: ReplayQueue,
    private readonly webhooks: ReplayedWebhooks,
  ) {}

  start(): void {
    this.turns.start();
  }

  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** A turn that fails stays open, and the next one finds out how far it came. */
  private async turn(): Promise<number> {
    const turn = await this.replays.take();
    if (turn === null) return this.nextLookMs();
    await this.work(turn);
    return 0;
  }

  private async nextLookMs(): Promise<number> {
    const dueInMs = await this.replays.dueInMs();
    return dueInMs !== null && dueInMs > 0 ? Math.min(dueInMs, LOOK_EVERY_MS) : LOOK_EVERY_MS;
  }

  private async work(turn: ReplayTurn): Promise<void> {
    if (turn.status === 'cancelled') {
      await this.queue.takeBack(turn);
      return this.replays.close(turn);
    }
    const state = await this.webhooks.find(turn.account_id, turn.webhook_id);
    // Dispatch itself cancels waiting deliveries of a deleted or disabled webhook, each visibly.
    if (state === null) return this.replays.end(turn, 'webhook_deleted');
    if (state.status === 'disabled') return this.replays.end(turn, 'webhook_disabled');
    if (Date.now() - turn.created_at.getTime() > WAITS_MAX_MS) {
      await this.queue.takeBack(turn);
      return this.replays.end(turn, 'expired');
    }
    const waiting = await this.queue.countWaiting(turn);
    if (waiting > waitingMax(turn, waiting)) return this.replays.wait(turn);
    const next = await asAccount(this.database, turn.account_id, (manager) => lookOn(manager, turn, turn, LOOK_AT_MAX));
    if (next.length > 0) return this.handOver(turn, state, next);
    // A replay is completed when every delivery has had its first attempt. Until then it can be cancelled.
    return waiting > 0 ? this.replays.wait(turn) : this.replays.complete(turn);
  }

  private async handOver(turn: ReplayTurn, state: WebhookState, next: LookedAt[]): Promise<void> {
    const before = turn.was_open ? await this.handedOverBefore(turn, next) : new Set<string>();
    const isBefore = (event: LookedAt): boolean => before.has(replayedDeliveryId(turn, event));
    // Goes past everything that was handed over before, so that no later turn meets it.
    const end = Math.max(endOfTurn(turn, state, next), next.findLastIndex(isBefore) + 1);
    const looked = next.slice(0, end);
    const selected = looked.filter((event) => event.is_selected && !isBefore(event));
    const events = await this.webhooks.passingFilter(state, selected);
    await this.queue.add(turn, events);
    const sent = events.length + looked.filter(isBefore).length;
    const hasAdvanced = await this.replays.advance(turn, {
      sent,
      skipped: selected.length - events.length,
      last: looked.at(-1)!,
    });
    // Cancelled during the turn, whose last message is published by now.
    if (!hasAdvanced && (await this.replays.isCancelled(turn))) await this.queue.takeBack(turn);
  }

  /**
   * Returns the ids of these events' deliveries that an open turn had handed over. They wait in REPLAYS, or they have left it after
   * their facts were stored. So REPLAYS is read first, then the log up to the last fact of that moment. Publishing under the same
   * message ids would find duplicates for ten minutes only, and a process may be away for longer.
   */
  private async handedOverBefore(turn: ReplayTurn, next: LookedAt[]): Promise<Set<string>> {
    const waiting = await this.queue.waitingIds(turn);
    const { state } = await this.connection.jsm.streams.info('FACTS');
    await this.logHasRead(state.last_seq);
    const logged = await asAccount(this.database, turn.account_id, (manager) =>
      rows<{ id: string }>(manager, 'SELECT id FROM delivery_log.deliveries WHERE id = ANY($1) AND created_at = $2', [
        next.map((event) => replayedDeliveryId(turn, event)),
        turn.created_at,
      ]),
    );
    return new Set([...waiting, ...logged.map(({ id }) => id)]);
  }

  private async logHasRead(seq: number): Promise<void> {
    const untilMs = Date.now() + LOGGED_WITHIN_MS;
    while ((await asEveryone(this.database, (manager) => positionOf(manager, 'FACTS'))) < seq) {
      if (Date.now() > untilMs) throw new Error('the log has not read all facts yet; the turn is repeated');
      await sleep(LOGGED_EVERY_MS);
    }
  }
}

/** Above this number of deliveries in REPLAYS the replay waits. A paced replay hands over more only after dispatch has begun. */
function waitingMax({ rate_per_second: rate, sent }: ReplayTurn, waiting: number): number {
  const most = WAITING_MAX - LOOK_AT_MAX;
  if (rate === null) return most;
  return waiting < sent ? Math.min(most, rate * PACED_WAITING_SECONDS) : 0;
}

/** Number of events that this turn takes: no more than it may hand over, or read the data of, at once. */
function endOfTurn({ rate_per_second: rate }: ReplayTurn, { filter }: WebhookState, events: LookedAt[]): number {
  const allowed = rate === null ? LOOK_AT_MAX : Math.max(1, Math.floor(rate * PACED_TURN_SECONDS));
  let left = Math.min(allowed, filter === null ? LOOK_AT_MAX : LOOK_INSIDE_MAX);
  const end = events.findIndex((event) => event.is_selected && left-- === 0);
  return end === -1 ? events.length : end;
}
