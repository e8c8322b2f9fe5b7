import { every } from '#libs/timing/src/every';
import { nanos, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { newInbox } from './connect.js';

/**
 * Each request is also a sign of life. So this is shorter than OWNER_TIMEOUT_MS, after which the server gives a pinned consumer to
 * another owner.
 */
const PULL_EXPIRES_MS = 2_000;
/** A pull that has neither ended nor expired by then was lost with the server or on the way. */
const PULL_LOST_MS = PULL_EXPIRES_MS + 1_000;
const WATCH_EVERY_MS = 500;

export interface PullerOptions {
  stream: string;
  consumer: string;
  /** The priority group, for a consumer that one process owns. */
  group: string | null;
  /** How many messages the caller can take now, including those already asked for. */
  room: () => number;
  onMessage: (msg: Msg) => void;
  /** Called when the server made us the owner of this consumer, before the first message of that time. */
  onPinned?: () => void;
  onProblem?: (reason: string) => void;
}

interface Pull {
  remaining: number;
  sentAtMs: number;
}

/**
 * Asks a pull consumer for exactly as many messages as there is room for, so nothing queues up in memory. The client's own
 * `consume()` asks again as soon as messages arrive, whether or not they can be worked on.
 */
export class Puller {
  private readonly inbox: string;
  private readonly subject: string;
  private readonly pulls = new Map<string, Pull>();
  private readonly subscription: Subscription;
  private readonly stopWatchdog: () => void;
  private nextPull = 0;
  private pinId = '';
  private isStopped = false;

  constructor(
    private readonly nc: NatsConnection,
    private readonly options: PullerOptions,
  ) {
    this.subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.inbox = newInbox(nc);
    this.subscription = nc.subscribe(`${this.inbox}.*`, { callback: (_error, msg) => this.onReply(msg) });
    this.stopWatchdog = every(WATCH_EVERY_MS, () => this.forgetLostPulls(Date.now()));
  }

  /** Stops asking. Resolves when every message that the server had sent was handed over. */
  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    this.stopWatchdog();
    await this.subscription.drain().catch(() => undefined);
  }

  private get outstanding(): number {
    let count = 0;
    for (const pull of this.pulls.values()) count += pull.remaining;
    return count;
  }

  /** Asks for as many messages as there is room for, less those already asked for. */
  pullMore(): void {
    if (this.isStopped || this.nc.isClosed()) return;
    const room = this.options.room();
    const missing = room - this.outstanding;
    // Few large requests rather than one for each finished message.
    const isWorthAsking = missing > 0 && (this.pulls.size === 0 || (this.pulls.size < 4 && missing >= room / 4));
    if (!isWorthAsking) return;
    const name = (this.nextPull++).toString(36);
    this.pulls.set(name, { remaining: missing, sentAtMs: Date.now() });
    const { group } = this.options;
    const request = {
      batch: missing,
      expires: nanos(PULL_EXPIRES_MS),
      ...(group === null ? {} : { group, ...(this.pinId ? { id: this.pinId } : {}) }),
    };
    this.nc.publish(this.subject, JSON.stringify(request), { reply: `${this.inbox}.${name}` });
  }

  private onReply(msg: Msg): void {
    // A status comes on the inbox of its pull. A message keeps the subject that it was stored under.
    if (msg.subject.startsWith(this.inbox)) {
      this.onStatus(msg.subject.slice(this.inbox.length + 1), msg.headers?.code ?? 0, msg.headers?.description ?? '');
      return;
    }
    this.countDown();
    const pinId = this.options.group === null ? '' : (msg.headers?.get('Nats-Pin-Id') ?? '');
    if (pinId && pinId !== this.pinId) {
      this.pinId = pinId;
      this.options.onPinned?.();
    }
    this.options.onMessage(msg);
  }

  /** The server answers pulls in their order, so a message belongs to the oldest one. */
  private countDown(): void {
    const [oldest] = this.pulls;
    if (!oldest) return;
    const [name, pull] = oldest;
    if (--pull.remaining <= 0) this.pulls.delete(name);
  }

  private onStatus(name: string, code: number, description: string): void {
    if (code === 100) return;
    this.pulls.delete(name);
    // 423: another process is pinned now, or none. Ask as a newcomer.
    if (code === 423) this.pinId = '';
    // 404 and 408: nothing came in time, the ordinary answer of an idle consumer.
    const isOrdinary = code === 404 || code === 408 || code === 423;
    if (!isOrdinary) this.options.onProblem?.(`${code} ${description}`);
    // After an unusual status the watchdog asks again later, not this line at once.
    if (isOrdinary) this.pullMore();
  }

  private forgetLostPulls(nowMs: number): void {
    for (const [name, pull] of this.pulls) {
      if (nowMs - pull.sentAtMs > PULL_LOST_MS) this.pulls.delete(name);
    }
    this.pullMore();
  }
}
