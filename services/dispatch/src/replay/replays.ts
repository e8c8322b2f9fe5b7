import { setTimeout as sleep } from 'node:timers/promises';
import { subjects } from '#libs/contracts/src/subjects';
import type { ConsumeOptions } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { OneAtATime } from '../deliver/one-at-a-time.js';
import type { Settle } from '../deliver/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import { ConsumerPerWebhook } from '../flow/consumer-per-webhook.js';
import { Flowing } from '../flow/flowing.js';
import type { Flows } from '../flow/flows.js';
import type { Slots } from '../flow/slots.js';
import type { Ledger } from '../ledger/ledger.js';
import { finishSchedules } from './finish-schedules.js';

/** REPLAYS is asked what waits there. */
const LOOK_EVERY_MS = 1_000;
const LOOK_AGAIN_MS = 5_000;
/** Webhooks of a partition whose replays flow at once. When more would, each has its turn. */
const FLOWING_MAX = 16;
const TURN_MS = 5_000;
/** Longer than a paced replay's pauses: its consumer stays while a few messages come now and then. */
const LINGER_MS = 10_000;
/** Messages of a webhook in hand at most, with those whose facts are being written. */
const IN_HAND_MAX = 128;

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

/** Lets replays flow, each through its webhook's consumer. */
export class Replays {
  private readonly consumers: ConsumerPerWebhook;
  private readonly flowing = new Flowing(FLOWING_MAX);
  /** When each webhook that still waits had its last turn. */
  private turns = new Map<string, number>();
  private isStopped = false;

  constructor(private readonly context: ReplaysContext) {
    const { connection, onProblem } = context;
    // Without `isHandingOver` the consumer of an owner before us goes on: it knows what that owner still has in hand.
    this.consumers = new ConsumerPerWebhook({
      connection,
      stream: 'REPLAYS',
      nameOf: (webhookId) => `replay-${webhookId}`,
      filterOf: (webhookId) => subjects.replay(context.partition, webhookId, '*'),
      flowing: this.flowing,
      unackedMax: IN_HAND_MAX,
      roomFor: (webhookId, inHand) => this.roomFor(webhookId, inHand),
      turnMs: TURN_MS,
      lingerMs: LINGER_MS,
      onProblem,
    });
  }

  start(consume: Pick<ConsumeOptions, 'handle' | 'park'>): void {
    this.consumers.start(consume);
    void this.run();
  }

  /** Lets what is in hand end. A replay that has not begun stays in its stream. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.consumers.stop();
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
    await finishSchedules(this.context);
    const waiting = await this.waiting();
    const nowMs = Date.now();
    for (const webhookId of this.consumers.webhookIds) {
      if (waiting.has(webhookId)) this.consumers.keep(webhookId, nowMs);
      if (this.consumers.isUnused(webhookId, nowMs) || this.isPaused(webhookId)) this.close(webhookId);
    }
    const lastTurnMs = (webhookId: string): number => this.turns.get(webhookId) ?? 0;
    const wanting = [...waiting]
      .filter((webhookId) => !this.consumers.isOpen(webhookId) && !this.isPaused(webhookId))
      .sort((one, other) => lastTurnMs(one) - lastTurnMs(other));
    const { free } = this.flowing;
    for (const webhookId of wanting.slice(0, free)) await this.consumers.open(webhookId);
    const over = this.consumers.webhookIds.filter((webhookId) => this.consumers.hasHadItsTurn(webhookId, nowMs));
    for (const webhookId of over.slice(0, Math.max(0, wanting.length - free))) this.close(webhookId);
    this.turns = new Map([...this.turns].filter(([webhookId]) => waiting.has(webhookId)));
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

  /** Removes the consumer too: a cancel may take back all that waits for a paused webhook, and nobody would look again. */
  private close(webhookId: string): void {
    if (this.consumers.isBusy(webhookId)) return;
    this.turns.set(webhookId, Date.now());
    this.consumers.close(webhookId).catch((error: unknown) => this.context.onProblem(`the replays of ${webhookId}`, error));
  }

  private roomFor(webhookId: string, inHand: number): number {
    const { flows, directory, slots } = this.context;
    if (slots.isFull) return 0;
    const webhook = directory.findWebhook(webhookId);
    // A deleted webhook's replays are only cancelled.
    const more = webhook === null ? IN_HAND_MAX : flows.flowOf(webhook).replaysWanted(Date.now());
    return Math.min(IN_HAND_MAX, inHand + more);
  }
}
