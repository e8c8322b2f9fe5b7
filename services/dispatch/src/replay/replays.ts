import { setTimeout as sleep } from 'node:timers/promises';
import { consumerDefaults, ownedBy } from '#libs/contracts/src/streams';
import { subjects } from '#libs/contracts/src/subjects';
import { Consumption, type ConsumeOptions } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Slots } from '../flow/slots.js';
import { nextTryOf } from '../delivery/delivery.js';
import type { OneAtATime } from '../deliver/one-at-a-time.js';
import type { Settle } from '../deliver/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Flows } from '../flow/flows.js';
import type { Ledger } from '../ledger/ledger.js';

/** REPLAYS is asked what waits there. */
const LOOK_EVERY_MS = 1_000;
const LOOK_AGAIN_MS = 5_000;
/** The replays of at most so many webhooks flow at once in a partition. When more would, each has its turn. */
const FLOWING_MAX = 16;
const TURN_MS = 5_000;
/** One that is paced puts a few messages into the stream now and then: its consumer stays. */
const LINGER_MS = 10_000;
/** In hand of a webhook at most, with those whose facts are being written. */
const IN_HAND_MAX = 128;
const CLOSE_WITHIN_MS = 65_000;
/** Longer than a message waits for its ack: whatever comes again has come by then. */
const COME_AGAIN_MS = 15_000;

interface Runner {
  consumption: Consumption;
  openedAtMs: number;
  waitedAtMs: number;
  isClosing: boolean;
}

export interface ReplaysContext {
  partition: number;
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  ledger: Ledger;
  oneAtATime: OneAtATime;
  settle: Settle;
  flows: Flows;
  slots: Slots;
  onProblem: (reason: string, error?: unknown) => void;
}

/**
 * Replays flow through a consumer for each webhook that is being replayed. One for the whole partition would be full of those
 * that cannot be sent now: for a paused webhook, for a receiver that hangs.
 */
export class Replays {
  private readonly runners = new Map<string, Runner>();
  /** When each webhook that still waits had its last turn. */
  private turns = new Map<string, number>();
  private consume: Pick<ConsumeOptions, 'handle' | 'park'>;
  private isStopped = false;

  constructor(private readonly context: ReplaysContext) {}

  start(consume: Pick<ConsumeOptions, 'handle' | 'park'>): void {
    this.consume = consume;
    void this.run();
  }

  /** What is in hand ends; what was not begun stays in its stream. */
  async stop(graceMs: number): Promise<void> {
    this.isStopped = true;
    await Promise.all([...this.runners.values()].map(({ consumption }) => consumption.stop(graceMs)));
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.look();
        await sleep(LOOK_EVERY_MS, undefined, { ref: false });
      } catch (error) {
        this.context.onProblem('replays wait', error);
        await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
      }
    }
  }

  private async look(): Promise<void> {
    await this.finishSchedules();
    const waiting = await this.waiting();
    const nowMs = Date.now();
    for (const [webhookId, runner] of this.runners) {
      if (waiting.has(webhookId)) runner.waitedAtMs = nowMs;
      const isEmpty = nowMs - runner.waitedAtMs > LINGER_MS;
      if (isEmpty || this.isPaused(webhookId)) this.close(webhookId, runner);
    }
    const lastTurnMs = (webhookId: string): number => this.turns.get(webhookId) ?? 0;
    const wanting = [...waiting]
      .filter((webhookId) => !this.runners.has(webhookId) && !this.isPaused(webhookId))
      .sort((one, other) => lastTurnMs(one) - lastTurnMs(other));
    const free = FLOWING_MAX - this.runners.size;
    for (const webhookId of wanting.slice(0, free)) await this.open(webhookId);
    const over = [...this.runners].filter(([, { openedAtMs }]) => nowMs - openedAtMs > TURN_MS);
    for (const [webhookId, runner] of over.slice(0, Math.max(0, wanting.length - free))) this.close(webhookId, runner);
    this.turns = new Map([...this.turns].filter(([webhookId]) => waiting.has(webhookId)));
  }

  /**
   * A process died between an attempt and its retry, and then the replay was cancelled: what would have come again was taken
   * back. The delivery has begun, and goes on.
   */
  private async finishSchedules(): Promise<void> {
    const { ledger, oneAtATime, settle } = this.context;
    const untilMs = Date.now() - COME_AGAIN_MS;
    for (const fact of ledger.unscheduledReplays(untilMs)) {
      const next = nextTryOf(fact);
      await oneAtATime.alone(next, async () => {
        if (ledger.unscheduledReplays(untilMs).includes(fact)) await settle.schedule(next);
      });
    }
  }

  /** The webhooks for which something waits. */
  private async waiting(): Promise<Set<string>> {
    const { connection, partition } = this.context;
    const { state } = await connection.jsm.streams.info('REPLAYS', { subjects_filter: subjects.replay(partition, '*', '*') });
    return new Set(Object.keys(state.subjects ?? {}).map((subject) => subject.split('.')[2]!));
  }

  private isPaused(webhookId: string): boolean {
    return this.context.directory.findWebhook(webhookId)?.state.status === 'paused';
  }

  private async open(webhookId: string): Promise<void> {
    const { connection, partition, onProblem } = this.context;
    const consumer = `replay-${webhookId}`;
    // The one of an owner before us, if there is one: it knows what that one still has in hand.
    await connection.jsm.consumers.add('REPLAYS', {
      ...consumerDefaults,
      ...ownedBy,
      durable_name: consumer,
      filter_subject: subjects.replay(partition, webhookId, '*'),
      max_ack_pending: IN_HAND_MAX,
    });
    if (this.isStopped) return;
    const inFlightMax = (inHand: number): number => this.roomFor(webhookId, inHand);
    const nowMs = Date.now();
    this.runners.set(webhookId, {
      consumption: new Consumption(connection.nc, {
        ...this.consume,
        stream: 'REPLAYS',
        consumer,
        isOwned: true,
        inFlightMax,
        onProblem,
      }),
      openedAtMs: nowMs,
      waitedAtMs: nowMs,
      isClosing: false,
    });
  }

  /** Its consumer goes with it: what a paused webhook's replay has waiting may be taken back, and nobody would come for it again. */
  private close(webhookId: string, runner: Runner): void {
    if (runner.isClosing) return;
    runner.isClosing = true;
    this.turns.set(webhookId, Date.now());
    runner.consumption
      .stop(CLOSE_WITHIN_MS)
      .then(async () => {
        // After a stop it is the next owner's.
        if (!this.isStopped) await this.context.connection.jsm.consumers.delete('REPLAYS', `replay-${webhookId}`);
      })
      .catch((error: unknown) => this.context.onProblem(`the replays of ${webhookId}`, error))
      .finally(() => this.runners.delete(webhookId));
  }

  private roomFor(webhookId: string, inHand: number): number {
    const { flows, directory, slots } = this.context;
    if (slots.isFull) return 0;
    const webhook = directory.findWebhook(webhookId);
    // Of a webhook that is gone they are only cancelled.
    const more = webhook === null ? IN_HAND_MAX : flows.flowOf(webhook).replaysWanted(Date.now());
    return Math.min(IN_HAND_MAX, inHand + more);
  }
}
