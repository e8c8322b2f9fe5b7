import { setTimeout as sleep } from 'node:timers/promises';
import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Turns } from '../job/turns.js';
import { Filtering } from './filtering.js';
import { HandedOver, replayedDeliveryId } from './handed-over.js';
import { ReplayJobs, type ReplayTurn } from './replay-jobs.js';
import { lookOn, type LookedAt } from './selection.js';
import { WebhookStates } from './webhook-states.js';

/** Events that a turn looks at, and those that a filter must look into: each has up to 256 KiB. */
const LOOK_AT_MAX = 500;
const LOOK_INSIDE_MAX = 100;
/** Of one replay at most so many wait in REPLAYS: a million of them would be there for days, and cancelled one by one. */
const WAITING_MAX = 1_000;
/** What a paced replay hands over at once: a quarter of a second's worth. */
const PACED_TURN_SECONDS = 0.25;
/** And what may wait in REPLAYS or be on the wire: what piles up there, behind a pause, is sent in one go. */
const PACED_WAITING_SECONDS = 1;
/** How soon a replay that another process was asked for is noticed. */
const LOOK_EVERY_MS = 200;
const LOGGED_WITHIN_MS = 4_000;

/** Runs the replays, turn by turn. As many of these may run as there are processes. */
@Injectable()
export class ReplayRunner {
  private readonly turns = new Turns('replays', () => this.turn());

  constructor(
    private readonly database: DataSource,
    private readonly connection: JetStreamConnection,
    private readonly jobs: ReplayJobs,
    private readonly handedOver: HandedOver,
    private readonly states: WebhookStates,
    private readonly filtering: Filtering,
  ) {}

  start(): void {
    this.turns.start();
  }

  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** One that fails stays open, and the next one finds out how far it came. */
  private async turn(): Promise<number> {
    const turn = await this.jobs.take();
    if (turn === null) return this.nextLookMs();
    await this.work(turn);
    return 0;
  }

  private async nextLookMs(): Promise<number> {
    const dueInMs = await this.jobs.dueInMs();
    return dueInMs !== null && dueInMs > 0 ? Math.min(dueInMs, LOOK_EVERY_MS) : LOOK_EVERY_MS;
  }

  private async work(turn: ReplayTurn): Promise<void> {
    if (turn.status === 'cancelled') {
      await this.handedOver.takeBack(turn);
      return this.jobs.close(turn);
    }
    const state = await this.states.find(turn.account_id, turn.webhook_id);
    // Dispatch cancels what waits for a webhook that has ended, one by one and visibly.
    if (state === null) return this.jobs.end(turn, 'webhook_deleted');
    if (state.status === 'disabled') return this.jobs.end(turn, 'webhook_disabled');
    if (Date.now() - turn.created_at.getTime() > WAITS_MAX_MS) {
      await this.handedOver.takeBack(turn);
      return this.jobs.end(turn, 'expired');
    }
    const waiting = await this.handedOver.count(turn);
    if (waiting > waitingMax(turn, waiting)) return this.jobs.wait(turn);
    const next = await asAccount(this.database, turn.account_id, (manager) => lookOn(manager, turn, turn, LOOK_AT_MAX));
    if (next.length > 0) return this.handOver(turn, state, next);
    // Completed when all have had their first attempt: until then it can be cancelled.
    return waiting > 0 ? this.jobs.wait(turn) : this.jobs.complete(turn);
  }

  private async handOver(turn: ReplayTurn, state: WebhookState, next: LookedAt[]): Promise<void> {
    const before = turn.was_open ? await this.handedOverBefore(turn, next) : new Set<string>();
    const isBefore = (event: LookedAt): boolean => before.has(replayedDeliveryId(turn, event));
    // What was handed over before is passed now, so that no later turn comes upon it.
    const end = Math.max(endOfTurn(turn, state, next), next.findLastIndex(isBefore) + 1);
    const looked = next.slice(0, end);
    const selected = looked.filter((event) => event.is_selected && !isBefore(event));
    const events = await this.filtering.passing(state, selected);
    await this.handedOver.add(turn, events);
    const sent = events.length + looked.filter(isBefore).length;
    const hasAdvanced = await this.jobs.advance(turn, { sent, skipped: selected.length - events.length, last: looked.at(-1)! });
    // It was cancelled meanwhile: this is after the last message of the turn.
    if (!hasAdvanced && (await this.jobs.isCancelled(turn))) await this.handedOver.takeBack(turn);
  }

  /**
   * Which of these deliveries a turn that did not say how it ended has handed over. They wait in REPLAYS, or they have left it, and
   * then their facts were stored before that: so, first what waits, then the log, read as far as FACTS is by then. Publishing all again under the
   * same message ids would do for ten minutes, but a process may be away for longer.
   */
  private async handedOverBefore(turn: ReplayTurn, next: LookedAt[]): Promise<Set<string>> {
    const waiting = await this.handedOver.ids(turn);
    const { state } = await this.connection.jsm.streams.info('FACTS');
    await this.logHasRead(state.last_seq);
    const rows = await asAccount<{ id: string }[]>(this.database, turn.account_id, (manager) =>
      manager.query('SELECT id FROM delivery_log.deliveries WHERE id = ANY($1) AND created_at = $2', [
        next.map((event) => replayedDeliveryId(turn, event)),
        turn.created_at,
      ]),
    );
    return new Set([...waiting, ...rows.map(({ id }) => id)]);
  }

  private async logHasRead(seq: number): Promise<void> {
    const untilMs = Date.now() + LOGGED_WITHIN_MS;
    for (;;) {
      const [row] = await asEveryone<{ seq: string }[]>(this.database, (manager) =>
        manager.query(`SELECT seq FROM delivery_log.positions WHERE stream = 'FACTS'`),
      );
      if (Number(row!.seq) >= seq) return;
      if (Date.now() > untilMs) throw new Error('the log has not read everything yet');
      await sleep(50);
    }
  }
}

/** When more of a replay wait in REPLAYS than this, it waits as well. One that is paced begins in earnest when dispatch has begun. */
function waitingMax({ rate_per_second: rate, sent }: ReplayTurn, waiting: number): number {
  const most = WAITING_MAX - LOOK_AT_MAX;
  if (rate === null) return most;
  return waiting < sent ? Math.min(most, rate * PACED_WAITING_SECONDS) : 0;
}

/** How many of the events this turn is for: no more than may be handed over, or looked into, at once. */
function endOfTurn({ rate_per_second: rate }: ReplayTurn, { filter }: WebhookState, events: LookedAt[]): number {
  const allowed = rate === null ? LOOK_AT_MAX : Math.max(1, Math.floor(rate * PACED_TURN_SECONDS));
  let left = Math.min(allowed, filter === null ? LOOK_AT_MAX : LOOK_INSIDE_MAX);
  const end = events.findIndex((event) => event.is_selected && left-- === 0);
  return end === -1 ? events.length : end;
}
