import { setTimeout as sleep } from 'node:timers/promises';
import type { FactBatch } from '#libs/contracts/src/fact';
import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { Consumption, type ConsumeOptions, type Delivered } from '#libs/jetstream/src/consume';
import { follow, readToEnd } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Publisher } from '#libs/jetstream/src/publisher';
import { headers, type Subscription } from '@nats-io/transport-node';
import type { AttemptHandler } from '../attempt/attempt.handler.js';
import type { Clock } from '../attempt/clock.js';
import type { Slots } from '../flow/slots.js';
import { ManualHandler } from '../manual/manual.handler.js';
import { TestSends } from '../test-send/test-sends.js';
import { Deliver } from '../deliver/deliver.js';
import { OneAtATime } from '../deliver/one-at-a-time.js';
import { Settle } from '../deliver/settle.js';
import { WebhookDirectory } from '../directory/webhook-directory.js';
import { EventHandler } from '../event/event.handler.js';
import { FactWriter } from '../ledger/fact-writer.js';
import { LaneHandler } from '../lane/lane.handler.js';
import type { Flowing } from '../flow/flowing.js';
import { Flows } from '../flow/flows.js';
import { Lanes } from '../lane/lanes.js';
import type { StoredEvents } from '../payload/stored-events.js';
import { RecordBook } from '../record/record-book.js';
import { ReplayHandler } from '../replay/replay.handler.js';
import { Replays } from '../replay/replays.js';
import { RetryHandler } from '../retry/retry.handler.js';
import { WaitingRetries } from '../retry/waiting-retries.js';
import { dispatchMetrics } from '../metrics.js';
import type { HealthBook } from '../health/health-book.js';
import type { Presence } from '../flow/presence.js';
import { Ledger, LEDGER_MEMORY_MS } from '../ledger/ledger.js';

/** The parts that all partitions of a process share. */
export interface PartitionContext {
  connection: JetStreamConnection;
  publisher: Publisher;
  events: StoredEvents;
  attempts: AttemptHandler;
  slots: Slots;
  health: HealthBook;
  flowing: Flowing;
  timeScale: number;
  presence: Presence;
  clock: Clock;
  /** Another process, or this one, may still have messages of the webhook in hand. */
  isHandingOver: (webhookId: string) => boolean;
  onProblem: (reason: string, error?: unknown) => void;
}

/** The follower normally hands a state over in milliseconds. */
const FOLLOWED_WITHIN_MS = 100;
/** Messages in hand in each partition at most. Together with the process's slots this bounds the memory. */
const EVENTS_IN_HAND_MAX = 256;
const RETRIES_IN_HAND_MAX = 128;
const MANUAL_MAX = 64;
/** Messages read ahead of those being delivered. A longer wait is better spent in JetStream. */
const AHEAD_MAX = 32;

/**
 * One partition that this process owns: its directory, ledger, lanes and consumers. At its start everything is read from
 * WEBHOOKS, FACTS, LANES and the health bucket.
 */
export class Partition {
  private readonly directory: WebhookDirectory;
  private readonly ledger = new Ledger();
  private readonly lanes: Lanes;
  private readonly deliver: Deliver;
  private readonly events: EventHandler;
  private readonly retries: RetryHandler;
  private readonly laneTurns: LaneHandler;
  private readonly manual: ManualHandler;
  private readonly replayHandler: ReplayHandler;
  private readonly replays: Replays;
  private readonly waitingRetries: WaitingRetries;
  private readonly testSends: TestSends;
  private readonly consumptions: Consumption[] = [];
  private appliedRequests: Subscription | null = null;
  private testSendRequests: Subscription | null = null;
  private stopFollowing: () => void = () => undefined;
  private factsReadSeq = 0;
  private factsReadAtMs = 0;

  constructor(
    readonly number: number,
    private readonly context: PartitionContext,
  ) {
    const { connection, publisher, events, attempts, slots, health, timeScale, presence, onProblem } = context;
    const facts = new FactWriter(publisher, number, (fact) => this.ledger.apply(fact));
    const settle = new Settle(number, facts, publisher);
    this.directory = new WebhookDirectory(timeScale, (id, webhook) => {
      this.lanes.changed(id, webhook);
      if (webhook === null || webhook.state.status === 'disabled') this.waitingRetries.cancel(id);
    });
    const { directory, ledger } = this;
    const flows = new Flows((webhookId) => this.lanes.adjust(webhookId));
    const lanes = new Lanes({ ...context, partition: number, directory, flows });
    this.deliver = new Deliver({ directory, events, flows, settle, attempts, slots, health, presence });
    const { deliver } = this;
    const shared = { directory, ledger, deliver, oneAtATime: new OneAtATime(), settle, events };
    this.lanes = lanes;
    const records = new RecordBook(number, { connection, publisher, changedPaths: directory.changedPaths, onProblem });
    this.events = new EventHandler({ ...shared, slots, records });
    this.retries = new RetryHandler({ ...shared, clock: context.clock });
    this.laneTurns = new LaneHandler({ ...shared, flows, lanes });
    this.manual = new ManualHandler({ ...shared, connection, lanes });
    this.replayHandler = new ReplayHandler(shared);
    this.replays = new Replays({ ...shared, partition: number, connection, flows, slots, onProblem });
    this.waitingRetries = new WaitingRetries({ ...shared, partition: number, connection, onProblem });
    this.testSends = new TestSends(attempts, slots, facts, timeScale);
  }

  /** Resolves when it has begun to deliver. */
  async start(): Promise<void> {
    const { connection, health, onProblem } = this.context;
    const following = await follow(connection.js, {
      stream: 'WEBHOOKS',
      filter: `webhook.${this.number}.>`,
      onMessage: ({ body, seq, storedAtMs }) => this.directory.apply(parse<WebhookState>(body), seq, storedAtMs),
      onProblem,
    });
    this.stopFollowing = following.stop;
    await Promise.all([following.caughtUp, this.readFacts(), health.load(this.number)]);
    await this.lanes.start({
      handle: (message) => this.laneTurns.handle(message),
      park: async (message, reason) => {
        await this.park('LANES', message, reason);
        this.lanes.turnEnded(message.subject.split('.')[2]!, true);
      },
    });
    await this.waitingRetries.start();
    this.replays.start({
      handle: (message) => this.replayHandler.handle(message),
      park: (message, reason) => this.park('REPLAYS', message, reason),
    });
    this.appliedRequests = this.answer(subjects.directoryApplied(this.number), async ({ seq }: { seq: number }) => {
      await Promise.race([this.directory.applied(seq), this.readStates(seq)]);
      return {};
    });
    this.testSendRequests = this.answer(subjects.testSends(this.number), (request: Parameters<TestSends['send']>[0]) =>
      this.testSends.send(request),
    );
    this.consume('EVENTS', `dispatch-${this.number}`, EVENTS_IN_HAND_MAX, (message) => this.events.handle(message));
    this.consume('RETRIES', `retries-${this.number}`, RETRIES_IN_HAND_MAX, (message) => this.retries.handle(message));
    this.consume('REPLAYS', `manual-${this.number}`, MANUAL_MAX, (message) => this.manual.handle(message));
  }

  /**
   * Takes nothing new and lets requests on the wire end, for about `graceMs` at most. The server learns at once that the
   * consumers are free, so that the next owner need not wait for that.
   */
  async stop(graceMs: number): Promise<void> {
    this.testSendRequests?.unsubscribe();
    this.waitingRetries.stop();
    await Promise.all([
      ...this.consumptions.map((consumption) => consumption.stop(graceMs)),
      this.lanes.stop(),
      this.replays.stop(),
    ]);
    // A change that came meanwhile is in force for the deliveries that were in hand.
    this.appliedRequests?.unsubscribe();
    this.stopFollowing();
    this.context.health.forget(this.number);
  }

  /** The webhooks whose lanes have messages in hand. */
  get lanesInHand(): string[] {
    return this.lanes.webhooksInHand;
  }

  reopenLanes(): void {
    this.lanes.reopen();
  }

  private consume(stream: string, consumer: string, inHandMax: number, handle: ConsumeOptions['handle']): void {
    const { connection, slots, onProblem } = this.context;
    this.consumptions.push(
      new Consumption(connection.nc, {
        stream,
        consumer,
        isOwned: true,
        // Back-pressure: without a free slot nothing more is asked for, and messages wait in JetStream.
        inFlightMax: (inHand) => (slots.isFull ? 0 : Math.min(inHandMax, inHand - this.deliver.waitingSoon + AHEAD_MAX)),
        handle,
        park: (message, reason) => this.park(stream, message, reason),
        // The owner before us may have written facts after we read them.
        onOwner: () => this.readFacts(),
        onProblem,
      }),
    );
  }

  /** Parks an unreadable message where an operator finds it, with everything needed to put it back. */
  private async park(stream: string, { subject, body, streamSeq }: Delivered, reason: string): Promise<void> {
    const head = headers();
    head.set('Tidings-Subject', subject);
    head.set('Tidings-Reason', reason);
    await this.context.publisher.publish(subjects.parked(stream), body, { msgId: `${stream}:${streamSeq}`, headers: head });
    dispatchMetrics.parked.inc({ stream });
    this.context.onProblem(
      `message ${streamSeq} of ${stream} cannot be read (${reason}): it is parked under ${subjects.parked(stream)}`,
    );
  }

  /**
   * Applies the states up to `seq` that the follower has not handed over in time. After a restart of NATS it is deaf for
   * seconds, and somebody waits for the answer to a change.
   */
  private async readStates(seq: number): Promise<void> {
    await sleep(FOLLOWED_WITHIN_MS);
    const { jsm } = this.context.connection;
    while (this.directory.appliedSeq < seq) {
      const next = { seq: this.directory.appliedSeq + 1, next_by_subj: `webhook.${this.number}.>` };
      const message = await jsm.streams.getMessage('WEBHOOKS', next);
      if (message === null) return this.directory.applied(seq);
      this.directory.apply(parse<WebhookState>(message.data), message.seq, message.time.getTime());
    }
  }

  /**
   * Folds unread facts into the ledger: those of the two minutes before the last fact, or those since the last read. A
   * process that has run for days wrote nearly all of them itself.
   */
  private async readFacts(): Promise<void> {
    const { connection, onProblem } = this.context;
    const subject = subjects.fact(this.number);
    const last = await connection.jsm.streams.getMessage('FACTS', { last_by_subj: subject });
    if (last === null || last.seq <= this.factsReadSeq) return;
    await readToEnd(connection.js, {
      stream: 'FACTS',
      filter: subject,
      startTimeMs: Math.max(this.factsReadAtMs, last.time.getTime() - LEDGER_MEMORY_MS),
      onMessage: ({ body, seq, storedAtMs }) => {
        for (const fact of parse<FactBatch>(body).facts) this.ledger.apply(fact);
        this.factsReadSeq = Math.max(this.factsReadSeq, seq);
        this.factsReadAtMs = Math.max(this.factsReadAtMs, storedAtMs);
      },
      onProblem,
    });
  }

  private answer<Request, Answer>(subject: string, handle: (request: Request) => Promise<Answer>): Subscription {
    return this.context.connection.nc.subscribe(subject, {
      callback: (error, msg) => {
        if (error) return;
        handle(msg.json<Request>()).then(
          (answer) => msg.respond(JSON.stringify(answer)),
          (failure: unknown) => {
            this.context.onProblem(subject, failure);
            // An empty answer: the caller learns at once that it failed.
            msg.respond();
          },
        );
      },
    });
  }
}

function parse<T>(body: Uint8Array): T {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as T;
}
