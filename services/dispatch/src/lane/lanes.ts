import { subjects } from '#libs/contracts/src/subjects';
import type { ConsumeOptions } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { crashPoint } from '#libs/service/src/crash-point';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import { CONCURRENCY_MAX } from '../flow/adaptive-limit.js';
import { ConsumerPerWebhook } from '../flow/consumer-per-webhook.js';
import { Flowing } from '../flow/flowing.js';
import type { Flows } from '../flow/flows.js';
import type { Slots } from '../flow/slots.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';
import type { HealthBook } from '../health/health-book.js';
import { OldestHeld } from './oldest-held.js';
import { ProbeTimes } from './probe-times.js';

/** Lanes that flow at once in a process. Each costs a consumer; unreachable receivers get half of them. */
const FLOWING_MAX = 200;
const TURN_MS = 2_000;
const LINGER_MS = 2_000;
/** The streams are asked for what really waits, in case an owner before us left something behind. */
const RECOUNT_EVERY_MS = 10_000;
const READ_AHEAD = 4;

export interface LanesContext {
  partition: number;
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  flows: Flows;
  slots: Slots;
  health: HealthBook;
  /** The lanes that flow in the whole process. */
  flowing: Flowing;
  timeScale: number;
  isHandingOver: (webhookId: string) => boolean;
  onProblem: (reason: string, error?: unknown) => void;
}

/** The places that the lanes of a process share. */
export function placesForLanes(): Flowing {
  return new Flowing(FLOWING_MAX, FLOWING_MAX / 2);
}

/**
 * Deliveries wait here for their webhook, in order: each lane is one subject of LANES. A lane flows while its webhook is
 * active and something waits. Until it is empty, newer deliveries of the webhook join it, which keeps their order.
 */
export class Lanes {
  private readonly consumers: ConsumerPerWebhook;
  private readonly oldest: OldestHeld;
  private readonly probes: ProbeTimes;
  /** Messages whose turn is being waited for or has come, by their sequence in LANES. */
  readonly inHand = new Set<number>();
  private ticker: NodeJS.Timeout | null = null;
  private recountedAtMs = 0;

  constructor(private readonly context: LanesContext) {
    const { connection, flowing, isHandingOver, onProblem } = context;
    this.probes = new ProbeTimes(context.timeScale);
    this.oldest = new OldestHeld(context);
    this.consumers = new ConsumerPerWebhook({
      connection,
      stream: 'LANES',
      nameOf: (webhookId) => `lane-${webhookId}`,
      filterOf: (webhookId) => subjects.lane(context.partition, webhookId),
      flowing,
      unackedMax: CONCURRENCY_MAX,
      roomFor: (webhookId, inHand) => this.roomFor(webhookId, inHand),
      turnMs: TURN_MS,
      lingerMs: LINGER_MS,
      isHandingOver,
      onEmptied: () => crashPoint('dispatch.lane_emptied'),
      onProblem,
    });
  }

  /** Counts what waits, and lets it flow to `consume`. */
  async start(consume: Pick<ConsumeOptions, 'handle' | 'park'>): Promise<void> {
    this.consumers.start(consume);
    await this.recount();
    this.ticker = setInterval(() => this.tick(), 100);
    this.ticker.unref();
  }

  /** Stops all lanes. A delivery that has not begun stays in its lane. */
  async stop(): Promise<void> {
    if (this.ticker) clearInterval(this.ticker);
    this.context.flows.stop();
    await this.consumers.stop();
  }

  /** The webhooks whose lanes have messages in hand. */
  get webhooksInHand(): string[] {
    return this.consumers.webhookIdsInHand;
  }

  isProbing(webhookId: string): boolean {
    return this.context.flows.findFlow(webhookId)?.isProbing ?? false;
  }

  /** A delivery from the lane had its turn. `isOut`: it is no longer there, sent or ended otherwise. */
  turnEnded(webhookId: string, isOut: boolean): void {
    const flow = this.context.flows.findFlow(webhookId);
    if (!flow) return;
    if (isOut) flow.leaveLane();
    if (!flow.isProbing) return;
    flow.isProbing = false;
    this.probes.made(webhookId, Date.now());
  }

  /** A message of the lane was deleted. If it is in hand, it is counted when its turn ends. */
  deleted(webhookId: string, seq: number): void {
    if (!this.inHand.has(seq)) this.context.flows.findFlow(webhookId)?.leaveLane();
  }

  /** A webhook's new state is in force: a resumed lane begins to flow, a paused one stops. */
  changed(webhookId: string, webhook: Webhook | null): void {
    const flow = this.context.flows.findFlow(webhookId);
    if (!flow) return;
    flow.change(webhook);
    if (!flow.isPaused) this.probes.forget(webhookId);
    this.adjust(webhookId);
  }

  /** Closes all lanes that flow. They open again with their oldest message. */
  reopen(): void {
    for (const webhookId of this.consumers.webhookIds) if (!this.consumers.isBusy(webhookId)) this.close(webhookId);
  }

  /** Opens, keeps or closes a lane, whichever is right now. */
  adjust(webhookId: string): void {
    const { flows, flowing } = this.context;
    const flow = flows.findFlow(webhookId);
    if (this.consumers.isBusy(webhookId) || flows.isStopped || !flow) return;
    const nowMs = Date.now();
    const shouldFlow = this.shouldFlow(webhookId, flow, nowMs);
    if (!this.consumers.isOpen(webhookId)) {
      if (shouldFlow && flowing.hasRoomFor(flow.isSuspect)) this.step(webhookId, this.consumers.open(webhookId, flow.isSuspect));
    } else if (shouldFlow) {
      this.consumers.keep(webhookId, nowMs);
      if (flowing.isWanted(nowMs) && this.consumers.hasHadItsTurn(webhookId, nowMs)) this.closeAtTurn(webhookId);
    } else if (flow.isPaused || flow.blockedForMs(nowMs) > 0 || this.consumers.isUnused(webhookId, nowMs)) {
      // A paused lane stops at once, an emptied one after a moment.
      this.close(webhookId);
    }
  }

  private tick(): void {
    const nowMs = Date.now();
    for (const [webhookId, flow] of this.context.flows) {
      if (flow.waiting > 0 || this.consumers.isOpen(webhookId)) this.adjust(webhookId);
      else if (flow.isIdle(nowMs) && !this.consumers.isBusy(webhookId)) this.forget(webhookId);
    }
    if (nowMs - this.recountedAtMs > RECOUNT_EVERY_MS) {
      this.recountedAtMs = nowMs;
      this.recount().catch((error: unknown) => this.context.onProblem('the lanes could not be counted', error));
    }
  }

  private forget(webhookId: string): void {
    this.context.flows.forget(webhookId);
    this.probes.forget(webhookId);
    this.oldest.forget(webhookId);
  }

  /**
   * Counts what waits according to the stream. Only a lane that does not flow is corrected: where one flows, messages are on
   * their way, and our own count is the better one.
   */
  private async recount(): Promise<void> {
    const { connection, partition, directory, flows } = this.context;
    const counts = await connection.jsm.streams
      .info('LANES', { subjects_filter: subjects.lane(partition, '*') })
      .then((info) => info.state.subjects ?? {});
    for (const [subject, count] of Object.entries(counts)) {
      const webhookId = subject.split('.')[2]!;
      if (this.consumers.isOpen(webhookId) || this.consumers.isBusy(webhookId)) continue;
      const flow = flows.findFlow(webhookId) ?? flows.begin(webhookId, directory.findWebhook(webhookId));
      if (flow.waiting === 0) flow.waiting = count;
      if (flow.isPaused) await this.oldest.look(webhookId, flow);
      this.adjust(webhookId);
    }
  }

  private shouldFlow(webhookId: string, flow: WebhookFlow, nowMs: number): boolean {
    if (flow.waiting === 0 || flow.blockedForMs(nowMs) > 0) return false;
    if (!flow.isPaused || this.oldest.hasExpired(webhookId, nowMs)) return true;
    flow.isProbing ||= this.probes.isDue(webhookId, flow.webhook!, nowMs);
    return flow.isProbing;
  }

  private close(webhookId: string): void {
    this.step(
      webhookId,
      this.consumers.close(webhookId).then(() => this.oldest.forget(webhookId)),
    );
  }

  /** Others wait: this lane goes to the end of the row, and the next tick looks who is first. */
  private closeAtTurn(webhookId: string): void {
    this.consumers
      .close(webhookId)
      .then(() => {
        this.oldest.forget(webhookId);
        this.context.flows.moveToEnd(webhookId);
      })
      .catch((error: unknown) => this.context.onProblem(`lane of ${webhookId}`, error));
  }

  /** After a failure only the next tick looks again: at once would be a loop without a pause. */
  private step(webhookId: string, work: Promise<void>): void {
    work.then(
      () => this.adjust(webhookId),
      (error: unknown) => this.context.onProblem(`lane of ${webhookId}`, error),
    );
  }

  private roomFor(webhookId: string, inHand: number): number {
    const flow = this.context.flows.findFlow(webhookId);
    if (!flow || this.context.slots.isFull) return 0;
    // A probe is one delivery. Expired deliveries go one by one, up to the first that has not expired.
    if (flow.isPaused) return this.shouldFlow(webhookId, flow, Date.now()) ? 1 : 0;
    // Some are in hand before their turn comes, or every answer would be followed by a question for the next message.
    if (flow.rate === null && !flow.isSuspect) return Math.min(CONCURRENCY_MAX, flow.releaseLimit + READ_AHEAD);
    // With a rate, a tenth of a second's worth is in hand: a pause need not wait for the rest.
    const byRate = flow.rate === null ? 1 : Math.max(1, Math.ceil(flow.rate / 10));
    return Math.min(inHand + flow.freeSlots, flow.releaseLimit, byRate);
  }
}
