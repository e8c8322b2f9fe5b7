import { setTimeout as sleep } from 'node:timers/promises';
import { consumerDefaults, ownedBy, WAITS_MAX_MS } from '#libs/contracts/src/streams';
import { subjects } from '#libs/contracts/src/subjects';
import { Consumption, type ConsumeOptions } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { crashPoint } from '#libs/service/src/crash-point';
import type { Slots } from '../flow/slots.js';
import { readDelivery } from '../delivery/delivery.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { HealthBook } from '../health/health-book.js';
import { CONCURRENCY_MAX } from '../flow/adaptive-limit.js';
import { ProbeTimes } from './probe-times.js';
import type { Flows } from '../flow/flows.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';

const LOOK_AGAIN_MS = 100;
/** At most so many lanes flow at once in a process, each costs a consumer; receivers that find nobody get half of them. */
const FLOWING_MAX = 200;
const SUSPECTS_FLOWING_MAX = FLOWING_MAX / 2;
/** When more lanes would flow than may, each has this long before it is another one's turn. */
const TURN_MS = 2_000;
/** An emptied lane's consumer is kept for a moment: a busy webhook would make and remove it all the time. */
const LINGER_MS = 2_000;
/** The streams are asked what really waits, in case an owner before us left something behind. */
const RECOUNT_EVERY_MS = 10_000;
const CLOSE_WITHIN_MS = 65_000;
const READ_AHEAD = 4;
/** An admin is told that held deliveries are about to expire. */
const TOLD_BEFORE_MS = 3 * 24 * 60 * 60 * 1_000;

interface Runner {
  consumption: Consumption;
  openedAtMs: number;
  idleSinceMs: number | null;
  isSuspect: boolean;
}

/** Lanes flowing in the whole process, and whether more would. */
export interface Flowing {
  count: number;
  suspects: number;
  wantedAtMs: number;
}

export interface LanesContext {
  partition: number;
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  flows: Flows;
  slots: Slots;
  health: HealthBook;
  flowing: Flowing;
  timeScale: number;
  isHandingOver: (webhookId: string) => boolean;
  onProblem: (reason: string, error?: unknown) => void;
}

/**
 * Where deliveries wait for their webhook, in order: one subject of LANES each. A lane flows while its webhook is active and
 * something waits; while it is not empty, newer deliveries of the webhook join it, so their order holds.
 */
export class Lanes {
  private readonly runners = new Map<string, Runner>();
  /** Lanes that are being opened or closed: one step at a time for each. */
  private readonly busy = new Set<string>();
  /** Until when nothing in a paused lane is older than it may be. */
  private readonly freshUntilMs = new Map<string, number>();
  private readonly lookAgainAtMs = new Map<string, number>();
  private readonly probes: ProbeTimes;
  /** Messages whose turn is being waited for or has come, by their sequence in LANES. */
  readonly inHand = new Set<number>();
  private ticker: NodeJS.Timeout | null = null;
  private recountedAtMs = 0;
  private consume: Pick<ConsumeOptions, 'handle' | 'park'>;

  constructor(private readonly context: LanesContext) {
    this.probes = new ProbeTimes(context.timeScale);
  }

  /** Counts what waits, and lets it flow to `consume`. */
  async start(consume: Pick<ConsumeOptions, 'handle' | 'park'>): Promise<void> {
    this.consume = consume;
    await this.recount();
    this.ticker = setInterval(() => this.tick(), 100);
    this.ticker.unref();
  }

  /** Stops all lanes; what was not begun stays in its lane. */
  async stop(graceMs: number): Promise<void> {
    if (this.ticker) clearInterval(this.ticker);
    this.context.flows.stop();
    await Promise.all([...this.runners.keys()].map((webhookId) => this.close(webhookId, graceMs, false)));
  }

  /** Of those that flow. */
  get webhooksInHand(): string[] {
    return [...this.runners].filter(([, { consumption }]) => consumption.inFlight > 0).map(([webhookId]) => webhookId);
  }

  isProbing(webhookId: string): boolean {
    return this.context.flows.findFlow(webhookId)?.isProbing ?? false;
  }

  /** One from the lane had its turn. `isOut`: it is no longer there, sent or ended otherwise. */
  turnEnded(webhookId: string, isOut: boolean): void {
    const flow = this.context.flows.findFlow(webhookId);
    if (!flow) return;
    if (isOut) flow.leaveLane();
    if (!flow.isProbing) return;
    flow.isProbing = false;
    this.probes.made(webhookId, Date.now());
  }

  /** A message of the lane was deleted. One that is in hand is counted when its turn ends. */
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

  /** Closes all lanes that flow; they open again with their oldest message. */
  reopen(): void {
    for (const webhookId of this.runners.keys()) {
      if (!this.busy.has(webhookId)) this.step(webhookId, () => this.close(webhookId, 0, true));
    }
  }

  private tick(): void {
    const nowMs = Date.now();
    for (const [webhookId, flow] of this.context.flows) {
      if (flow.waiting > 0 || this.runners.has(webhookId)) this.adjust(webhookId);
      else if (flow.isIdle(nowMs) && !this.busy.has(webhookId)) this.forget(webhookId);
    }
    if (nowMs - this.recountedAtMs > RECOUNT_EVERY_MS) {
      this.recountedAtMs = nowMs;
      this.recount().catch((error: unknown) => this.context.onProblem('the lanes could not be counted', error));
    }
  }

  private forget(webhookId: string): void {
    this.context.flows.forget(webhookId);
    this.probes.forget(webhookId);
    this.freshUntilMs.delete(webhookId);
    this.lookAgainAtMs.delete(webhookId);
  }

  /**
   * What waits according to the stream. Only a lane without a runner is corrected: where one runs, messages are on their
   * way and our own count is the better one.
   */
  private async recount(): Promise<void> {
    const { connection, partition, directory, flows } = this.context;
    const counts = await connection.jsm.streams
      .info('LANES', { subjects_filter: subjects.lane(partition, '*') })
      .then((info) => info.state.subjects ?? {});
    for (const [subject, count] of Object.entries(counts)) {
      const webhookId = subject.split('.')[2]!;
      if (this.runners.has(webhookId) || this.busy.has(webhookId)) continue;
      const flow = flows.findFlow(webhookId) ?? flows.begin(webhookId, directory.findWebhook(webhookId));
      if (flow.waiting === 0) flow.waiting = count;
      if (flow.isPaused) await this.lookAtOldest(webhookId, subject);
      this.adjust(webhookId);
    }
  }

  /** When the oldest of a paused lane will have waited for too long. */
  private async lookAtOldest(webhookId: string, subject: string): Promise<void> {
    if ((this.lookAgainAtMs.get(webhookId) ?? 0) > Date.now()) return;
    const oldest = await this.context.connection.jsm.direct.getMessage('LANES', { next_by_subj: subject, seq: 1 });
    if (oldest === null) return;
    try {
      const { createdAtMs } = readDelivery(oldest.data);
      const webhook = this.context.flows.findFlow(webhookId)?.webhook;
      const tellsAtMs = createdAtMs + WAITS_MAX_MS - TOLD_BEFORE_MS;
      if (webhook && tellsAtMs <= Date.now()) this.context.health.recordExpiring(webhook.state, createdAtMs);
      this.freshUntilMs.set(webhookId, createdAtMs + WAITS_MAX_MS);
      this.lookAgainAtMs.set(webhookId, tellsAtMs <= Date.now() ? createdAtMs + WAITS_MAX_MS : tellsAtMs);
    } catch {
      // It cannot be read: the lane is opened, which parks it.
      this.freshUntilMs.set(webhookId, 0);
    }
  }

  /** Opens, keeps or closes a lane, whichever is right now. */
  adjust(webhookId: string): void {
    const flow = this.context.flows.findFlow(webhookId);
    if (this.busy.has(webhookId) || this.context.flows.isStopped || !flow) return;
    const runner = this.runners.get(webhookId);
    const shouldFlow = this.shouldFlow(webhookId, flow);
    if (!runner) {
      if (shouldFlow && this.hasRoom(flow)) this.step(webhookId, () => this.open(webhookId, flow));
    } else if (shouldFlow) {
      runner.idleSinceMs = null;
      if (this.isTurnOver(runner)) this.step(webhookId, () => this.closeAtTurn(webhookId));
    } else if (this.mayClose(flow, runner)) {
      this.step(webhookId, () => this.close(webhookId, 0, true));
    }
  }

  private shouldFlow(webhookId: string, flow: WebhookFlow): boolean {
    if (flow.waiting === 0 || flow.blockedForMs(Date.now()) > 0) return false;
    if (!flow.isPaused) return true;
    const freshUntilMs = this.freshUntilMs.get(webhookId);
    if (freshUntilMs !== undefined && freshUntilMs <= Date.now()) return true;
    flow.isProbing ||= this.probes.isDue(webhookId, flow.webhook!, Date.now());
    return flow.isProbing;
  }

  private hasRoom(flow: WebhookFlow): boolean {
    const { flowing } = this.context;
    const hasRoom = flowing.count < FLOWING_MAX && (!flow.isSuspect || flowing.suspects < SUSPECTS_FLOWING_MAX);
    if (!hasRoom) flowing.wantedAtMs = Date.now();
    return hasRoom;
  }

  private isTurnOver(runner: Runner): boolean {
    const nowMs = Date.now();
    return nowMs - runner.openedAtMs > TURN_MS && nowMs - this.context.flowing.wantedAtMs < 500;
  }

  /** A paused lane stops at once, an emptied one after a moment. */
  private mayClose(flow: WebhookFlow, runner: Runner): boolean {
    if (flow.isPaused || flow.blockedForMs(Date.now()) > 0) return true;
    runner.idleSinceMs ??= Date.now();
    return Date.now() - runner.idleSinceMs >= LINGER_MS;
  }

  private step(webhookId: string, work: () => Promise<void>): void {
    this.busy.add(webhookId);
    work()
      .catch((error: unknown) => this.context.onProblem(`lane of ${webhookId}`, error))
      .finally(() => {
        this.busy.delete(webhookId);
        this.adjust(webhookId);
      });
  }

  private async open(webhookId: string, flow: WebhookFlow): Promise<void> {
    const { connection, partition, onProblem, flowing } = this.context;
    const { isSuspect } = flow;
    const name = consumerName(webhookId);
    const config = {
      ...consumerDefaults,
      ...ownedBy,
      durable_name: name,
      filter_subject: subjects.lane(partition, webhookId),
      max_ack_pending: CONCURRENCY_MAX,
    };
    if (await this.isInOtherHands(webhookId)) return sleep(LOOK_AGAIN_MS);
    flowing.count++;
    if (isSuspect) flowing.suspects++;
    try {
      // An owner before us may have left one that has messages in hand, which would come after ACK_WAIT_MS, behind all
      // others; a new one begins with the oldest.
      await connection.jsm.consumers.delete('LANES', name).catch(() => undefined);
      await connection.jsm.consumers.add('LANES', config);
    } catch (error) {
      flowing.count--;
      if (isSuspect) flowing.suspects--;
      throw error;
    }
    if (this.context.flows.isStopped) {
      flowing.count--;
      if (isSuspect) flowing.suspects--;
      return;
    }
    const consumption = new Consumption(connection.nc, {
      ...this.consume,
      stream: 'LANES',
      consumer: name,
      isOwned: true,
      inFlightMax: () => this.roomOf(webhookId),
      onProblem,
    });
    this.runners.set(webhookId, { consumption, openedAtMs: Date.now(), idleSinceMs: null, isSuspect });
  }

  /** The owner before us lets its requests end: until then nothing behind them may begin. The next tick looks again. */
  private async isInOtherHands(webhookId: string): Promise<boolean> {
    if (!this.context.isHandingOver(webhookId)) return false;
    const info = await this.context.connection.jsm.consumers.info('LANES', consumerName(webhookId)).catch(() => null);
    return info !== null && info.num_ack_pending > 0;
  }

  /** Others wait for their turn: this one goes to the end of the row. */
  private async closeAtTurn(webhookId: string): Promise<void> {
    await this.close(webhookId, 0, true);
    this.context.flows.moveToEnd(webhookId);
  }

  private async close(webhookId: string, graceMs: number, remove: boolean): Promise<void> {
    const runner = this.runners.get(webhookId);
    if (!runner) return;
    // Those in hand end first: a pause lets the request in flight end.
    await runner.consumption.stop(Math.max(graceMs, CLOSE_WITHIN_MS));
    crashPoint('dispatch.lane_emptied');
    if (remove) await this.context.connection.jsm.consumers.delete('LANES', consumerName(webhookId)).catch(() => undefined);
    this.freshUntilMs.delete(webhookId);
    this.lookAgainAtMs.delete(webhookId);
    this.runners.delete(webhookId);
    this.context.flowing.count--;
    if (runner.isSuspect) this.context.flowing.suspects--;
  }

  private roomOf(webhookId: string): number {
    const flow = this.context.flows.findFlow(webhookId);
    const runner = this.runners.get(webhookId);
    if (!flow || this.context.slots.isFull) return 0;
    // A probe is one; what has waited for too long goes one by one, and ends at the first that has not.
    if (flow.isPaused) return this.shouldFlow(webhookId, flow) ? 1 : 0;
    // Some are in hand before their turn comes, or every answer would be followed by a question for the next message.
    if (flow.rate === null && !flow.isSuspect) return Math.min(CONCURRENCY_MAX, flow.releaseLimit + READ_AHEAD);
    // With a rate, a tenth of a second's worth is in hand: what is not in hand is not held up by a pause.
    const inHand = runner?.consumption.inFlight ?? 0;
    const byRate = flow.rate === null ? 1 : Math.max(1, Math.ceil(flow.rate / 10));
    return Math.min(inHand + flow.freeSlots, flow.releaseLimit, byRate);
  }
}

function consumerName(webhookId: string): string {
  return `lane-${webhookId}`;
}
