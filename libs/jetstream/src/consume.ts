import { Unreadable } from '#libs/contracts/src/unreadable';
import { OWNER_GROUP } from '#libs/contracts/src/streams';
import { every } from '#libs/timing/src/every';
import { within } from '#libs/timing/src/within';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { Puller } from './puller.js';
import { streamPosition } from './stream-message.js';

/** A message as handlers see it. Its ack is not theirs to give: they return a verdict. */
export interface Delivered {
  subject: string;
  body: Uint8Array;
  header(name: string): string | null;
  streamSeq: number;
  /** One more with each delivery of the consumer: where it skips, something was delivered to somebody else, or got lost. */
  consumerSeq: number;
  /** JetStream's time of the message, ms. */
  storedAtMs: number;
  /** It was delivered before. Not a count of attempts: JetStream counts crashes too, and can count backwards. */
  isRedelivery: boolean;
}

/**
 * What becomes of a message. `done`: everything it led to is durable elsewhere. `later`: JetStream delivers it again after
 * `delayMs`, here or at another owner.
 */
export type Verdict = { kind: 'done' } | { kind: 'later'; delayMs: number };
export const done: Verdict = { kind: 'done' };
export const later = (delayMs: number): Verdict => ({ kind: 'later', delayMs });

export interface ConsumeOptions {
  stream: string;
  consumer: string;
  /** One process at a time reads it, and the server enforces that. */
  isOwned: boolean;
  /** At most so many messages may be worked on, or have been asked for, while `inHand` are: 0 when there is no room. */
  inFlightMax: (inHand: number) => number;
  handle: (message: Delivered) => Promise<Verdict>;
  /** Keeps a message that `handle` refused as Unreadable; then it is done with. */
  park?: (message: Delivered, reason: string) => Promise<void>;
  /** The server made us the owner; messages are handled only after this resolves. */
  onOwner?: () => Promise<void>;
  onProblem: (reason: string, error?: unknown) => void;
}

/** Messages in hand are touched this often, well within ACK_WAIT_MS. */
const WORKING_EVERY_MS = 3_000;
/** Asks for more even where no message came that would. */
const PULL_EVERY_MS = 50;

/**
 * Consumes a JetStream consumer: pulls what there is room for, hands each message to the handler, and does what the
 * verdict says. The only place in the code base that acks.
 */
export class Consumption {
  private readonly nc: NatsConnection;
  private readonly puller: Puller;
  /** By stream sequence. The latest copy of a message is the one that is answered. */
  private readonly inHand = new Map<number, Msg>();
  private readonly stopTouching: () => void;
  private readonly stopPulling: () => void;
  private owning: Promise<void> = Promise.resolve();
  private isStopping = false;
  private onEmpty: (() => void) | null = null;

  constructor(
    nc: NatsConnection,
    private readonly options: ConsumeOptions,
  ) {
    this.nc = nc;
    this.puller = new Puller(nc, {
      stream: options.stream,
      consumer: options.consumer,
      group: options.isOwned ? OWNER_GROUP : null,
      room: () => (this.isStopping ? 0 : options.inFlightMax(this.inHand.size) - this.inHand.size),
      onMessage: (msg) => this.receive(msg),
      onPinned: () => this.becomeOwner(),
      onProblem: (reason) => options.onProblem(`${options.stream}/${options.consumer}: ${reason}`),
    });
    this.stopTouching = every(WORKING_EVERY_MS, () => {
      for (const msg of this.inHand.values()) this.reply(msg, '+WPI');
    });
    this.stopPulling = every(PULL_EVERY_MS, () => this.puller.pullMore());
    this.puller.pullMore();
  }

  get inFlight(): number {
    return this.inHand.size;
  }

  /** Takes no further messages and waits for those in hand, at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    this.stopPulling();
    await this.puller.stop();
    if (this.inHand.size > 0) {
      const empty = new Promise<void>((resolve) => (this.onEmpty = resolve));
      await within(graceMs, empty, 'messages are still in hand').catch(() => undefined);
    }
    this.stopTouching();
  }

  private becomeOwner(): void {
    if (this.options.onOwner) this.owning = this.prepare(this.options.onOwner);
  }

  /** Tried until it succeeds: the messages of this time wait for it, and without it none of them would ever be worked on. */
  private async prepare(onOwner: () => Promise<void>): Promise<void> {
    while (!this.isStopping) {
      try {
        await onOwner();
        return;
      } catch (error) {
        this.options.onProblem(`${this.options.consumer}: could not become owner yet`, error);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  private receive(msg: Msg): void {
    const seq = streamPosition(msg).streamSeq;
    if (this.inHand.has(seq)) {
      // Delivered again while we are at it: the work goes on, its verdict answers this copy.
      this.inHand.set(seq, msg);
      return;
    }
    if (this.isStopping) {
      this.answer(msg, later(0));
      return;
    }
    this.inHand.set(seq, msg);
    void this.work(seq, msg);
  }

  private async work(seq: number, msg: Msg): Promise<void> {
    let verdict: Verdict;
    try {
      await this.owning;
      verdict = await this.handle(delivered(msg));
    } catch (error) {
      this.options.onProblem(`${this.options.stream}/${this.options.consumer}: message ${seq} could not be worked on`, error);
      // Not at once: whatever is wrong may need a moment, and a hot loop helps nobody.
      verdict = later(1_000);
    }
    const latest = this.inHand.get(seq) ?? msg;
    this.inHand.delete(seq);
    this.answer(latest, verdict);
    if (this.inHand.size === 0) this.onEmpty?.();
    this.puller.pullMore();
  }

  private async handle(message: Delivered): Promise<Verdict> {
    try {
      return await this.options.handle(message);
    } catch (error) {
      if (!(error instanceof Unreadable) || !this.options.park) throw error;
      await this.options.park(message, error.message);
      return done;
    }
  }

  private answer(msg: Msg, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'done':
        this.reply(msg, '+ACK');
        return;
      case 'later':
        // A bare nak comes back at once, whatever was meant.
        this.reply(msg, `-NAK {"delay": ${Math.max(1, Math.round(verdict.delayMs)) * 1_000_000}}`);
        return;
    }
  }

  /** While the connection is down nothing is said: the message comes again, and the ledger knows what became of it. */
  private reply(msg: Msg, text: string): void {
    if (!this.nc.isClosed()) this.nc.publish(msg.reply!, text);
  }
}

function delivered(msg: Msg): Delivered {
  const position = streamPosition(msg);
  return {
    subject: msg.subject,
    body: msg.data,
    header: (name) => msg.headers?.get(name) || null,
    streamSeq: position.streamSeq,
    consumerSeq: position.consumerSeq,
    storedAtMs: position.storedAtMs,
    isRedelivery: position.deliveryCount > 1,
  };
}
