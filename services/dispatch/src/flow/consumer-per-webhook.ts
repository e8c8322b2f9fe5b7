import { setTimeout as sleep } from 'node:timers/promises';
import { consumerDefaults, ownedBy } from '#libs/contracts/src/streams';
import { Consumption, type ConsumeOptions } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Flowing } from './flowing.js';

/** Longer than the longest request: a consumer that closes lets those in hand end. */
const CLOSE_WITHIN_MS = 65_000;
const LOOK_AGAIN_MS = 100;

export interface ConsumerPerWebhookOptions {
  connection: JetStreamConnection;
  stream: 'LANES' | 'REPLAYS';
  nameOf: (webhookId: string) => string;
  filterOf: (webhookId: string) => string;
  flowing: Flowing;
  /** A webhook's messages that may be without ack at once. */
  unackedMax: number;
  /** How many of a webhook's messages may be in hand, or have been asked for, while `inHand` are. */
  roomFor: (webhookId: string, inHand: number) => number;
  /** A consumer that has flowed for this long gives way when others wait. */
  turnMs: number;
  /** An emptied consumer is kept for this long: a busy webhook would make and remove it all the time. */
  lingerMs: number;
  /** If set, messages begin with the oldest once the former owner has none in hand. If not, its consumer goes on. */
  isHandingOver?: (webhookId: string) => boolean;
  /** Nothing is in hand any more, and the consumer is still there. */
  onEmptied?: () => void;
  onProblem: (reason: string, error?: unknown) => void;
}

interface Runner {
  consumption: Consumption;
  isSuspect: boolean;
  openedAtMs: number;
  /** When something last waited for this webhook. */
  waitedAtMs: number;
  ended: Promise<void> | null;
}

/**
 * A consumer of its own for each webhook whose messages flow. One consumer for all would fill up with messages that cannot
 * be sent now: for a paused webhook, for a receiver that hangs.
 */
export class ConsumerPerWebhook {
  private readonly runners = new Map<string, Runner>();
  /** Webhooks whose consumer is being opened or closed: one step at a time for each. */
  private readonly busy = new Set<string>();
  private consume: Pick<ConsumeOptions, 'handle' | 'park'>;
  private isStopped = false;

  constructor(private readonly options: ConsumerPerWebhookOptions) {}

  start(consume: Pick<ConsumeOptions, 'handle' | 'park'>): void {
    this.consume = consume;
  }

  /** Takes nothing more and lets what is in hand end. The consumers are the next owner's. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all([...this.runners].map(([webhookId, runner]) => this.end(webhookId, runner)));
  }

  get webhookIds(): string[] {
    return [...this.runners.keys()];
  }

  /** The webhooks that have messages in hand. */
  get webhookIdsInHand(): string[] {
    return this.webhookIds.filter((webhookId) => this.runners.get(webhookId)!.consumption.inFlight > 0);
  }

  isOpen(webhookId: string): boolean {
    return this.runners.has(webhookId);
  }

  isBusy(webhookId: string): boolean {
    return this.busy.has(webhookId);
  }

  /** Something waits for the webhook. */
  keep(webhookId: string, nowMs: number): void {
    const runner = this.runners.get(webhookId);
    if (runner) runner.waitedAtMs = nowMs;
  }

  /** Nothing has waited for a while. */
  isUnused(webhookId: string, nowMs: number): boolean {
    return nowMs - (this.runners.get(webhookId)?.waitedAtMs ?? nowMs) >= this.options.lingerMs;
  }

  hasHadItsTurn(webhookId: string, nowMs: number): boolean {
    return nowMs - (this.runners.get(webhookId)?.openedAtMs ?? nowMs) > this.options.turnMs;
  }

  /** Opens the consumer, unless the owner before us has messages of the webhook in hand. Takes its place among the flowing. */
  open(webhookId: string, isSuspect = false): Promise<void> {
    const { flowing } = this.options;
    flowing.enter(isSuspect);
    return this.step(webhookId, async () => {
      const consumption = await this.begin(webhookId).catch((error: unknown) => {
        flowing.leave(isSuspect);
        throw error;
      });
      if (consumption === null) {
        flowing.leave(isSuspect);
        if (!this.isStopped) await sleep(LOOK_AGAIN_MS);
        return;
      }
      const nowMs = Date.now();
      this.runners.set(webhookId, { consumption, isSuspect, openedAtMs: nowMs, waitedAtMs: nowMs, ended: null });
    });
  }

  /** Lets what is in hand end, and removes the consumer. */
  async close(webhookId: string): Promise<void> {
    const runner = this.runners.get(webhookId);
    if (runner) await this.step(webhookId, () => this.end(webhookId, runner));
  }

  private async step(webhookId: string, work: () => Promise<void>): Promise<void> {
    this.busy.add(webhookId);
    try {
      await work();
    } finally {
      this.busy.delete(webhookId);
    }
  }

  /** Null: not now. */
  private async begin(webhookId: string): Promise<Consumption | null> {
    const { connection, stream, nameOf, filterOf, unackedMax, roomFor, isHandingOver, onProblem } = this.options;
    const { consumers } = connection.jsm;
    const consumer = nameOf(webhookId);
    if (isHandingOver !== undefined) {
      if (isHandingOver(webhookId) && (await this.isInOtherHands(consumer))) return null;
      // The owner before us may have left a consumer with messages in hand. They would come again only after ACK_WAIT_MS,
      // behind all others; a new consumer begins with the oldest.
      await consumers.delete(stream, consumer).catch(() => undefined);
    }
    await consumers.add(stream, {
      ...consumerDefaults,
      ...ownedBy,
      durable_name: consumer,
      filter_subject: filterOf(webhookId),
      max_ack_pending: unackedMax,
    });
    if (this.isStopped) return null;
    const inFlightMax = (inHand: number): number => roomFor(webhookId, inHand);
    return new Consumption(connection.nc, { ...this.consume, stream, consumer, isOwned: true, inFlightMax, onProblem });
  }

  /** The owner before us lets its requests end; until then nothing behind them may begin. */
  private async isInOtherHands(consumer: string): Promise<boolean> {
    const { connection, stream } = this.options;
    const info = await connection.jsm.consumers.info(stream, consumer).catch(() => null);
    return info !== null && info.num_ack_pending > 0;
  }

  /** Once for each runner, also when the process stops while one is being closed. */
  private end(webhookId: string, runner: Runner): Promise<void> {
    return (runner.ended ??= this.endOnce(webhookId, runner));
  }

  private async endOnce(webhookId: string, runner: Runner): Promise<void> {
    const { connection, stream, nameOf, flowing, onEmptied } = this.options;
    try {
      await runner.consumption.stop(CLOSE_WITHIN_MS);
      onEmptied?.();
      // After a stop it is the next owner's.
      if (!this.isStopped) await connection.jsm.consumers.delete(stream, nameOf(webhookId)).catch(() => undefined);
    } finally {
      this.runners.delete(webhookId);
      flowing.leave(runner.isSuspect);
    }
  }
}
