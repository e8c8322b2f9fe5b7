import { jest } from '@jest/globals';
import { eventHeaders } from '#libs/contracts/src/crm-event';
import type { DeliveryState } from '#libs/contracts/src/delivery-state';
import type { DeliveryFact } from '#libs/contracts/src/fact';
import { deliveryId } from '#libs/contracts/src/ids';
import type { ManualRequest } from '#libs/contracts/src/waiting-delivery';
import type { WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { Delivered } from '#libs/jetstream/src/consume';
import { foldFacts } from '../../services/delivery-log/src/fact/fold-facts.js';
import type { AttemptResult } from '../../services/dispatch/src/delivery/attempt-result.js';
import { firstDelivery } from '#libs/contracts/src/waiting-delivery';
import type { AttemptOutcome, Delivery } from '../../services/dispatch/src/delivery/delivery.js';
import type { Webhook } from '../../services/dispatch/src/directory/webhook.js';
import { LEDGER_MEMORY_MS } from '../../services/dispatch/src/ledger/ledger.js';
import type { StoredEvent } from '#libs/contracts/src/stored-event';
import type { Model } from './model.js';
import { Process, subjectOf, WEBHOOK_ID, type Outside } from './process.js';

export type Stream = 'EVENTS' | 'RETRIES' | 'LANES' | 'REPLAYS';

interface Message {
  subject: string;
  body: Buffer;
  wasDelivered: boolean;
}

const DEDUP_MS = 10 * 60_000;
const BEGIN_MS = Date.UTC(2026, 0, 1);
/** A handler that waits for a timer is given this much time at once, again and again. */
const WAIT_MS = 250;
const WAITS_MAX = 20;
/** Nothing here waits for the network: work that has not ended after so many turns of promises waits for a timer. */
const TURNS_MAX = 100;

const ofEvent = firstDelivery(
  {
    deliveryId: deliveryId('evt', WEBHOOK_ID),
    accountId: 'acc',
    webhookId: WEBHOOK_ID,
    eventId: 'evt',
    eventType: 'deal.won',
    eventSeq: 1,
  },
  BEGIN_MS,
);
const ofReplay: Delivery = { ...ofEvent, trigger: 'replay', replayId: 'rpl' };

/**
 * One delivery in streams that are plain data. The handlers, the ledger and the log's fold are those of the services. After
 * everything that becomes durable, and while a request is on the wire, the process may die.
 */
export class World {
  nowMs = BEGIN_MS;
  /** The error of the process's clock. */
  skewMs = 0;
  readonly facts: DeliveryFact[] = [];
  readonly messages: Record<Stream, Map<number, Message>> = {
    EVENTS: new Map(),
    RETRIES: new Map(),
    LANES: new Map(),
    REPLAYS: new Map(),
  };
  /** The replay was cancelled before dispatch had acked its message. */
  isTakenBack = false;
  /** Requests on the wire at a crash: the log never heard of them. */
  unseen = 0;
  /** Requests that no person asked for. */
  automatic = 0;
  private current: WebhookStatus | null = 'active';
  private process: Process;
  private readonly msgIds = new Map<string, { seq: number; atMs: number }>();
  private seq = 1;
  private readonly first: Delivery;
  /** The process survives so many more durable steps. */
  private stepsLeft = Infinity;
  private crash: () => void = () => undefined;

  constructor(
    private readonly model: Model,
    origin: 'event' | 'replay',
    private readonly nextOutcome: () => AttemptOutcome,
  ) {
    this.first = origin === 'event' ? ofEvent : ofReplay;
    if (origin === 'event') this.put('EVENTS', 1, subjectOf.event, {});
    else this.put('REPLAYS', 1, subjectOf.replay, this.first);
    this.process = this.begin();
  }

  get status(): WebhookStatus | null {
    return this.current;
  }

  /** Changes the webhook. Null: it is deleted. */
  set status(status: WebhookStatus | null) {
    this.setTime();
    this.current = status;
    this.process.apply(status);
  }

  /** The delivery in the log; null when the log has nothing. */
  get log(): DeliveryState | null {
    return foldFacts(this.facts).deliveries[0] ?? null;
  }

  /** Hands a message over. The process dies after `crashAfter` durable steps of the work; the ack may get lost. */
  async handle(stream: Stream, seq: number, { crashAfter = Infinity, busy = false, losesAck = false } = {}): Promise<void> {
    const message = this.messages[stream].get(seq);
    if (message === undefined) return;
    const delivered = deliveredOf(message, seq);
    message.wasDelivered = true;
    const handle = () => this.process.handle(delivered);
    // Lanes and people wait for as long as a webhook is busy.
    const waits = stream === 'LANES' || message.subject === subjectOf.manual;
    const verdict = await this.run(busy && !waits ? () => this.process.whileBusy(handle) : handle, crashAfter);
    if (verdict !== 'crashed' && verdict.kind === 'done' && !losesAck) this.messages[stream].delete(seq);
  }

  /** A person asks. The log may be `behind` by some facts. As the API does, it refuses requests that make no sense. */
  ask(operation: 'retry' | 'cancel', behind: number): void {
    const row = foldFacts(this.facts.slice(0, Math.max(0, this.facts.length - behind))).deliveries[0];
    if (!row) return;
    const isOver = row.status === 'success' || row.status === 'failed' || row.status === 'cancelled';
    if (operation === 'cancel' ? isOver : this.status !== 'active' && !(this.status === 'paused' && isOver)) return;
    const requestId = `req-${++this.seq}`;
    const stream = row.status === 'pending_retry' ? 'RETRIES' : 'LANES';
    const request: ManualRequest = {
      ...this.first,
      attempts: row.attempts,
      dueAtMs: row.nextAttemptAtMs ?? row.updatedAtMs,
      trigger: 'manual',
      requestId,
      operation,
      waits: isOver || row.waitingSeq === null ? null : { stream, seq: row.waitingSeq },
    };
    this.put('REPLAYS', this.seq, subjectOf.manual, request);
  }

  /** Cancels the replay. */
  takeBack(): void {
    if (this.first.replayId !== null && this.messages.REPLAYS.delete(1)) this.isTakenBack = true;
  }

  async look(): Promise<void> {
    await this.run(() => this.process.look());
  }

  private get clockMs(): number {
    return this.nowMs + this.skewMs;
  }

  private setTime(): void {
    jest.setSystemTime(this.clockMs);
  }

  /** Runs work of the process until it ends or the process dies; then the next process begins. */
  private async run<T>(work: () => Promise<T>, crashAfter = Infinity): Promise<T | 'crashed'> {
    this.setTime();
    this.stepsLeft = crashAfter;
    let end: { value: T | 'crashed' } | { error: unknown } | null = null;
    this.crash = () => (end ??= { value: 'crashed' });
    work().then(
      (value) => (end ??= { value }),
      (error: unknown) => (end ??= { error }),
    );
    for (let waits = 0; waits < WAITS_MAX; waits++) {
      for (let turns = 0; end === null && turns < TURNS_MAX; turns++) await Promise.resolve();
      const ended = end as { value: T | 'crashed' } | { error: unknown } | null;
      if (ended !== null) {
        if ('error' in ended) throw ended.error;
        if (ended.value === 'crashed') this.process = this.begin();
        return ended.value;
      }
      this.nowMs += WAIT_MS;
      jest.advanceTimersByTime(WAIT_MS);
    }
    throw new Error('a handler waits for ever');
  }

  /** Starts a process, which reads what the streams have. */
  private begin(): Process {
    jest.clearAllTimers();
    const process = new Process(this.outside());
    const last = this.facts.at(-1);
    for (const fact of this.facts) if (fact.atMs >= last!.atMs - LEDGER_MEMORY_MS) process.ledger.apply(fact);
    process.apply(this.current);
    process.countLane(this.messages.LANES.size);
    return process;
  }

  /** Resolves after a step that is durable, or never, because the process dies here. */
  private step(): Promise<void> {
    if (this.stepsLeft-- > 0) return Promise.resolve();
    this.crash();
    return new Promise(() => undefined);
  }

  private outside(): Outside {
    const outside = {
      publisher: {
        publish: async (subject: string, body: string, { msgId }: { msgId: string }) => {
          const stored = this.publish(subject.startsWith('lane.') ? 'LANES' : 'RETRIES', subject, body, msgId);
          await this.step();
          return stored;
        },
      },
      facts: {
        write: async (fact: DeliveryFact) => {
          this.facts.push(fact);
          this.process.ledger.apply(fact);
          this.model.learn(fact);
          await this.step();
        },
      },
      attempts: {
        make: (webhook: Webhook, delivery: Delivery, event: StoredEvent, mayBegin: () => boolean) =>
          mayBegin() ? this.request(delivery) : Promise.resolve(null),
      },
      reader: { read: () => Promise.resolve({ ...deliveredOf(EVENT, 1), storedAtMs: BEGIN_MS }) },
      connection: {
        jsm: {
          direct: {
            getMessage: (stream: Stream, { seq }: { seq: number }) => {
              const message = this.messages[stream].get(seq);
              return Promise.resolve(message === undefined ? null : { data: message.body });
            },
          },
          streams: {
            deleteMessage: async (stream: Stream, seq: number) => {
              const wasThere = this.messages[stream].delete(seq);
              await this.step();
              return wasThere;
            },
          },
          // The world hands out the messages of the lane: its consumer never opens.
          consumers: { delete: () => Promise.resolve(true), add: () => new Promise(() => undefined) },
        },
      },
    };
    return outside as unknown as Outside;
  }

  /** A request and its answer. */
  private async request(delivery: Delivery): Promise<AttemptResult> {
    const isManual = delivery.trigger === 'manual';
    this.model.begins(this.status, isManual);
    if (!isManual) this.automatic++;
    const startedAtMs = this.clockMs;
    const outcome = this.nextOutcome();
    this.nowMs += 50;
    this.setTime();
    this.unseen++;
    await this.step();
    this.unseen--;
    this.model.answered(outcome);
    const endedAtMs = this.clockMs;
    const record = {
      number: delivery.attempts + 1,
      atMs: startedAtMs,
      trigger: delivery.trigger,
      url: '',
      method: 'POST',
      statusCode: null,
      error: null,
      responseTimeMs: endedAtMs - startedAtMs,
      answer: null,
      requestHeaders: {},
    };
    return { outcome, record, recipe: { envelope: ['data'], contentType: 'application/json' }, startedAtMs, endedAtMs };
  }

  private publish(stream: Stream, subject: string, body: string, msgId: string): { seq: number; isDuplicate: boolean } {
    const known = this.msgIds.get(`${stream} ${msgId}`);
    if (known && this.nowMs - known.atMs < DEDUP_MS) return { seq: known.seq, isDuplicate: true };
    this.messages[stream].set(++this.seq, { subject, body: Buffer.from(body), wasDelivered: false });
    this.msgIds.set(`${stream} ${msgId}`, { seq: this.seq, atMs: this.nowMs });
    return { seq: this.seq, isDuplicate: false };
  }

  private put(stream: Stream, seq: number, subject: string, body: object): void {
    this.messages[stream].set(seq, { subject, body: Buffer.from(JSON.stringify(body)), wasDelivered: false });
  }
}

const EVENT_HEADERS: Record<string, string> = {
  [eventHeaders.id]: 'evt',
  [eventHeaders.answerKey]: 'answer-key',
  [eventHeaders.timestamp]: '2026-01-01T00:00:00Z',
};
const EVENT: Message = { subject: subjectOf.event, body: Buffer.from('{}'), wasDelivered: false };

function deliveredOf({ subject, body, wasDelivered }: Message, seq: number): Delivered {
  return {
    subject,
    body,
    header: (name) => EVENT_HEADERS[name] ?? null,
    streamSeq: seq,
    consumerSeq: seq,
    storedAtMs: BEGIN_MS,
    isRedelivery: wasDelivered,
  };
}
