import { Unreadable } from '#libs/contracts/src/unreadable';
import { OWNER_GROUP } from '#libs/contracts/src/streams';
import { every } from '#libs/timing/src/every';
import { within } from '#libs/timing/src/within';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { Puller } from './puller.js';
import { streamPosition } from './stream-message.js';

/** A message as handlers see it. Handlers do not ack: they return a verdict. */
export interface Delivered {
  subject: string;
  body: Uint8Array;
  header(name: string): string | null;
  streamSeq: number;
  /** Grows by one with each delivery of the consumer. A gap means that another process got a message, or that one was lost. */
  consumerSeq: number;
  /** JetStream's time of the message, ms. */
  storedAtMs: number;
  /** The message was delivered before. This is no count of attempts: JetStream also counts crashes, and can count backwards. */
  isRedelivery: boolean;
}

/**
 * The fate of a message. `done`: everything that it led to is durable elsewhere. `later`: JetStream redelivers it after `delayMs`,
 * here or to another owner.
 */
export type Verdict = { kind: 'done' } | { kind: 'later'; delayMs: number };
export const done: Verdict = { kind: 'done' };
export const later = (delayMs: number): Verdict => ({ kind: 'later', delayMs });

export interface ConsumeOptions {
  stream: string;
  consumer: string;
  /** The server enforces that one process at a time reads the consumer. */
  isOwned: boolean;
  /** The most messages that may be in hand or asked for, given that `inHand` are in hand; 0 when there is no room. */
  inFlightMax: (inHand: number) => number;
  handle: (message: Delivered) => Promise<Verdict>;
  /** Keeps a message that `handle` threw Unreadable for, which is then acked. */
  park?: (message: Delivered, reason: string) => Promise<void>;
  /** Called when the server made us the owner. Messages are handled only after it resolves. */
  onOwner?: () => Promise<void>;
  onProblem: (reason: string, error?: unknown) => void;
}

/** How often messages in hand get `working()`, well within ACK_WAIT_MS. */
const WORKING_EVERY_MS = 3_000;
/** Asks for more when no finished message does. */
const PULL_EVERY_MS = 50;

/**
 * Reads a JetStream consumer: pulls as many messages as there is room for, hands each to the handler, and acks or naks by its
 * verdict. Nothing else in the code base acks.
 */
export class Consumption {
  private readonly nc: NatsConnection;
  private readonly puller: Puller;
  /** By stream sequence. The latest copy of a message gets the answer. */
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

  /** Takes no further messages, and waits for those in hand, at most `graceMs`. */
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

  /** Tries until it succeeds, because all messages of this ownership wait for it. */
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
      // Redelivered while in hand: the work goes on, and its verdict answers this copy.
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
      // Not at once: the cause may need a moment, and a hot loop helps nobody.
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
        // A nak without a delay is redelivered at once.
        this.reply(msg, `-NAK {"delay": ${Math.max(1, Math.round(verdict.delayMs)) * 1_000_000}}`);
        return;
    }
  }

  /** Says nothing while the connection is closed: the message is redelivered, and the ledger knows its outcome. */
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
