import { consumerDefaults, ownedBy } from '#libs/contracts/src/streams';
import { subjects } from '#libs/contracts/src/subjects';
import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import { Consumption, done, later, type Delivered, type Verdict } from '#libs/jetstream/src/consume';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { crashPoint } from '#libs/service/src/crash-point';
import type { Slots } from '../attempt/slots.js';
import type { Deliver } from '../delivery/deliver.js';
import { readDelivery, type Delivery } from '../delivery/delivery.js';
import type { Settle } from '../delivery/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { Ledger } from '../ownership/ledger.js';
import type { StoredEvents } from '../payload/stored-events.js';
import { CONCURRENCY_MAX } from './adaptive-limit.js';
import { WebhookFlow } from './webhook-flow.js';

/** At most so many lanes flow at once in a process, in turn; each costs a consumer. */
const FLOWING_MAX = 200;
/** An emptied lane's consumer is kept for a moment: a busy webhook would make and remove it all the time. */
const LINGER_MS = 2_000;
/** The streams are asked what really waits, in case an owner before us left something behind. */
const RECOUNT_EVERY_MS = 10_000;

interface Runner {
  consumption: Consumption;
  idleSinceMs: number | null;
}

export interface LanesContext {
  partition: number;
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  ledger: Ledger;
  events: StoredEvents;
  settle: Settle;
  slots: Slots;
  /** Lanes flowing in the whole process. */
  flowing: { count: number };
  onProblem: (reason: string, error?: unknown) => void;
}

/**
 * Where deliveries wait for their webhook, in order: one subject of LANES each. A lane flows while its webhook is active and
 * something waits; while it is not empty, newer deliveries of the webhook join it, so their order holds.
 */
export class Lanes {
  private readonly flows = new Map<string, WebhookFlow>();
  private readonly runners = new Map<string, Runner>();
  /** Lanes that are being opened or closed: one step at a time for each. */
  private readonly busy = new Set<string>();
  private readonly ticker: NodeJS.Timeout;
  private recountedAtMs = 0;
  private isStopped = false;
  private deliver: Deliver;

  constructor(private readonly context: LanesContext) {
    this.ticker = setInterval(() => this.tick(), 100);
    this.ticker.unref();
  }

  use(deliver: Deliver): void {
    this.deliver = deliver;
  }

  flowOf(webhook: Webhook): WebhookFlow {
    let flow = this.flows.get(webhook.form.id);
    if (!flow) this.flows.set(webhook.form.id, (flow = new WebhookFlow(webhook)));
    return flow;
  }

  /** Puts a delivery into its webhook's lane. Resolves when it is durable there. */
  async hold(webhook: Webhook, delivery: Delivery, reason: HoldReason): Promise<void> {
    const flow = this.flowOf(webhook);
    // Counted before it is stored: whatever comes for this webhook meanwhile joins the lane behind it.
    flow.waiting++;
    const { isDuplicate } = await this.context.settle.held(delivery, reason).catch((error: unknown) => {
      flow.waiting--;
      throw error;
    });
    if (isDuplicate) flow.waiting--;
    this.adjust(webhook.form.id);
  }

  /** A webhook's new form is in force: a resumed lane begins to flow, a paused one stops. */
  changed(webhookId: string, webhook: Webhook | null): void {
    const flow = this.flows.get(webhookId);
    if (!flow) return;
    flow.webhook = webhook;
    this.adjust(webhookId);
  }

  /** Counts what waits, and lets it flow. */
  async start(): Promise<void> {
    await this.recount();
  }

  /** Stops all lanes; what was not begun stays in its lane. */
  async stop(graceMs: number): Promise<void> {
    this.isStopped = true;
    clearInterval(this.ticker);
    await Promise.all([...this.runners.keys()].map((webhookId) => this.close(webhookId, graceMs, false)));
  }

  private tick(): void {
    const nowMs = Date.now();
    for (const [webhookId, flow] of this.flows) {
      if (flow.waiting > 0 || this.runners.has(webhookId)) this.adjust(webhookId);
      else if (flow.isIdle(nowMs) && !this.busy.has(webhookId)) this.flows.delete(webhookId);
    }
    if (nowMs - this.recountedAtMs > RECOUNT_EVERY_MS) {
      this.recountedAtMs = nowMs;
      this.recount().catch((error: unknown) => this.context.onProblem('the lanes could not be counted', error));
    }
  }

  /**
   * What waits according to the stream. Only a lane without a runner is corrected: where one runs, messages are on their
   * way and our own count is the better one.
   */
  private async recount(): Promise<void> {
    const { connection, partition, directory } = this.context;
    const filter = subjects.lane(partition, '*');
    const counts = await connection.jsm.streams
      .info('LANES', { subjects_filter: filter })
      .then((info) => info.state.subjects ?? {});
    for (const [subject, count] of Object.entries(counts)) {
      const webhookId = subject.split('.')[2]!;
      if (this.runners.has(webhookId) || this.busy.has(webhookId)) continue;
      const flow = this.flows.get(webhookId) ?? new WebhookFlow(directory.find(webhookId));
      this.flows.set(webhookId, flow);
      if (flow.waiting === 0) flow.waiting = count;
      this.adjust(webhookId);
    }
  }

  private adjust(webhookId: string): void {
    if (this.busy.has(webhookId) || this.isStopped) return;
    const shouldFlow = this.shouldFlow(webhookId);
    const runner = this.runners.get(webhookId);
    if (!runner && shouldFlow && this.context.flowing.count < FLOWING_MAX) this.step(webhookId, () => this.open(webhookId));
    else if (runner && !shouldFlow && this.mayClose(webhookId, runner))
      this.step(webhookId, () => this.close(webhookId, 0, true));
    else if (runner && shouldFlow) runner.idleSinceMs = null;
  }

  private shouldFlow(webhookId: string): boolean {
    const flow = this.flows.get(webhookId);
    return flow !== undefined && !flow.isPaused && flow.waiting > 0 && flow.blockedForMs(Date.now()) === 0;
  }

  /** A paused lane stops at once, an emptied one after a moment. */
  private mayClose(webhookId: string, runner: Runner): boolean {
    const flow = this.flows.get(webhookId);
    if (flow && (flow.isPaused || flow.blockedForMs(Date.now()) > 0)) return true;
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

  private async open(webhookId: string): Promise<void> {
    const { connection, partition, onProblem, flowing } = this.context;
    flowing.count++;
    const name = consumerName(webhookId);
    const config = {
      ...consumerDefaults,
      ...ownedBy,
      durable_name: name,
      filter_subject: subjects.lane(partition, webhookId),
      max_ack_pending: CONCURRENCY_MAX,
    };
    try {
      // One that an owner before us left behind is taken as it is: it has this very configuration.
      await connection.jsm.consumers.add('LANES', config);
    } catch (error) {
      flowing.count--;
      throw error;
    }
    const consumption = new Consumption(connection.nc, {
      stream: 'LANES',
      consumer: name,
      isOwned: true,
      inFlightMax: () => this.roomOf(webhookId),
      handle: (message) => this.handle(message),
      onProblem,
    });
    this.runners.set(webhookId, { consumption, idleSinceMs: null });
  }

  private async close(webhookId: string, graceMs: number, remove: boolean): Promise<void> {
    const runner = this.runners.get(webhookId);
    if (!runner) return;
    // Those in hand end first: a pause lets the request in flight end.
    await runner.consumption.stop(Math.max(graceMs, 65_000));
    crashPoint('dispatch.lane_emptied');
    if (remove) await this.context.connection.jsm.consumers.delete('LANES', consumerName(webhookId)).catch(() => undefined);
    this.runners.delete(webhookId);
    this.context.flowing.count--;
  }

  private roomOf(webhookId: string): number {
    const flow = this.flows.get(webhookId);
    if (!flow || flow.isPaused || this.context.slots.isFull) return 0;
    const runner = this.runners.get(webhookId);
    const inHand = runner?.consumption.inFlight ?? 0;
    // With a rate, a tenth of a second's worth is in hand: what is not in hand is not held up by a pause.
    const byRate = flow.rate === null ? Infinity : Math.max(1, Math.ceil(flow.rate / 10));
    return Math.min(inHand + flow.freeSlots, flow.limit, byRate);
  }

  private async handle(message: Delivered): Promise<Verdict> {
    const delivery = readDelivery(message.body);
    const { directory, ledger, settle, events } = this.context;
    const flow = this.flows.get(delivery.webhookId);
    const finish = (): Verdict => {
      if (flow && flow.waiting > 0) flow.waiting--;
      return done;
    };
    const known = ledger.find(delivery.deliveryId, delivery.eventSeq);
    if (known && (known.state === 'settled' || known.attempts > delivery.attempts)) {
      if (known.state === 'waiting' && known.attempts === delivery.attempts + 1) await settle.scheduleAgain(delivery, known);
      return finish();
    }
    const webhook = directory.find(delivery.webhookId);
    if (!webhook || webhook.form.status === 'disabled') {
      await settle.cancelled(delivery, webhook ? 'webhook_disabled' : 'webhook_deleted');
      return finish();
    }
    // Paused while this was on its way: it stays where it is, in its place.
    if (webhook.form.status === 'paused') return later(1);
    const event = await events.find(delivery.eventSeq);
    if (event === null) {
      await settle.lost(delivery, 'expired');
      return finish();
    }
    const outcome = await this.deliver.released(webhook, delivery, event);
    return outcome === 'paused' ? later(1) : finish();
  }
}

function consumerName(webhookId: string): string {
  return `lane-${webhookId}`;
}
