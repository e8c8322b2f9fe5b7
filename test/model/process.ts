import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookState, WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { Delivered, Verdict } from '#libs/jetstream/src/consume';
import type { DirectReader } from '#libs/jetstream/src/direct-reader';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { Publisher } from '#libs/jetstream/src/publisher';
import type { AttemptHandler } from '../../services/dispatch/src/attempt/attempt.handler.js';
import type { Clock } from '../../services/dispatch/src/attempt/clock.js';
import { Deliver } from '../../services/dispatch/src/deliver/deliver.js';
import { OneAtATime } from '../../services/dispatch/src/deliver/one-at-a-time.js';
import { Settle } from '../../services/dispatch/src/deliver/settle.js';
import { WebhookDirectory } from '../../services/dispatch/src/directory/webhook-directory.js';
import { EventHandler } from '../../services/dispatch/src/event/event.handler.js';
import { Flows } from '../../services/dispatch/src/flow/flows.js';
import type { Presence } from '../../services/dispatch/src/flow/presence.js';
import { Slots } from '../../services/dispatch/src/flow/slots.js';
import type { HealthBook } from '../../services/dispatch/src/health/health-book.js';
import { LaneHandler } from '../../services/dispatch/src/lane/lane.handler.js';
import { Lanes, placesForLanes } from '../../services/dispatch/src/lane/lanes.js';
import type { FactWriter } from '../../services/dispatch/src/ledger/fact-writer.js';
import { Ledger } from '../../services/dispatch/src/ledger/ledger.js';
import { ManualHandler } from '../../services/dispatch/src/manual/manual.handler.js';
import { StoredEvents } from '../../services/dispatch/src/payload/stored-events.js';
import type { RecordBook } from '../../services/dispatch/src/record/record-book.js';
import { finishSchedules } from '../../services/dispatch/src/replay/finish-schedules.js';
import { ReplayHandler } from '../../services/dispatch/src/replay/replay.handler.js';
import { RetryHandler } from '../../services/dispatch/src/retry/retry.handler.js';

/** Everything outside of dispatch: the world plays it. */
export interface Outside {
  connection: JetStreamConnection;
  publisher: Publisher;
  reader: DirectReader;
  facts: FactWriter;
  attempts: AttemptHandler;
}

export const WEBHOOK_ID = 'wh';
const PARTITION = 0;

const webhookState: WebhookState = {
  v: 1,
  id: WEBHOOK_ID,
  accountId: 'acc',
  revision: 0,
  deleted: false,
  status: 'active',
  name: '',
  events: ['deal.won'],
  filter: null,
  url: 'https://receiver.test/',
  method: 'POST',
  contentType: 'application/json',
  envelope: ['data'],
  signatureHeader: null,
  dataKey: { kekId: 'k1', wrapped: '' },
  headers: null,
  secrets: [],
  retryPolicy: {
    maxRetries: 3,
    intervalsMs: [60_000, 300_000, 1_800_000],
    countsFrom: 'previous_attempt',
    timeoutMs: 10_000,
    jitterRatio: 0,
  },
  isProbed: false,
  maxConcurrency: null,
  ratePerSecond: null,
  releaseRatePerSecond: null,
  failuresSinceRevision: 0,
  activeSinceMs: 0,
};
export const MAX_RETRIES = webhookState.retryPolicy.maxRetries;

/** One process of dispatch with its one partition: the handlers of the service themselves, from a start to a crash. */
export class Process {
  readonly ledger = new Ledger();
  private readonly flows = new Flows((webhookId) => this.lanes.adjust(webhookId));
  private readonly directory = new WebhookDirectory(1, (webhookId, webhook) => this.lanes.changed(webhookId, webhook));
  private readonly oneAtATime = new OneAtATime();
  private readonly lanes: Lanes;
  private readonly settle: Settle;
  private readonly handlers;
  private revision = 0;

  constructor({ connection, publisher, reader, facts, attempts }: Outside) {
    const { directory, flows, ledger, oneAtATime } = this;
    const events = new StoredEvents(reader);
    const slots = new Slots(64);
    const health = { record: () => undefined, recordExpiring: () => undefined } as unknown as HealthBook;
    const presence = { check: () => undefined } as unknown as Presence;
    const records = { before: () => null } as unknown as RecordBook;
    const clock = { nowMs: () => Date.now() } as unknown as Clock;
    const onProblem = (reason: string, error?: unknown): never => {
      throw new Error(reason, { cause: error });
    };
    this.settle = new Settle(PARTITION, facts, publisher);
    this.lanes = new Lanes({
      partition: PARTITION,
      connection,
      directory,
      flows,
      slots,
      health,
      flowing: placesForLanes(),
      timeScale: 1,
      isHandingOver: () => false,
      onProblem,
    });
    const { lanes, settle } = this;
    const deliver = new Deliver({ directory, events, flows, settle, attempts, slots, health, presence });
    const shared = { directory, ledger, deliver, oneAtATime, settle, events };
    this.handlers = {
      event: new EventHandler({ ...shared, slots, records }),
      retry: new RetryHandler({ ...shared, clock }),
      lane: new LaneHandler({ ...shared, flows, lanes }),
      replay: new ReplayHandler(shared),
      manual: new ManualHandler({ ...shared, connection, lanes }),
    };
  }

  /** Takes the webhook's state. Null: it was deleted. */
  apply(status: WebhookStatus | null): void {
    const state = { ...webhookState, status: status ?? 'active', deleted: status === null, revision: ++this.revision };
    this.directory.apply(state, this.revision, 0);
  }

  /** Counts what the stream has, as lanes do at the start. */
  countLane(waiting: number): void {
    if (waiting > 0) this.flows.begin(WEBHOOK_ID, this.directory.findWebhook(WEBHOOK_ID)).waiting = waiting;
  }

  handle(message: Delivered): Promise<Verdict> {
    const [kind] = message.subject.split('.') as [keyof Process['handlers']];
    return this.handlers[kind].handle(message);
  }

  /** Runs `work` while other requests take all of the webhook's slots. */
  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    const webhook = this.directory.findWebhook(WEBHOOK_ID);
    if (webhook === null) return work();
    const flow = this.flows.flowOf(webhook);
    const taken = flow.limit;
    for (let n = 0; n < taken; n++) flow.begin();
    try {
      return await work();
    } finally {
      for (let n = 0; n < taken; n++) flow.leave(null, 0, Date.now());
    }
  }

  /** Does what dispatch does from time to time. */
  look(): Promise<void> {
    return finishSchedules({ ledger: this.ledger, oneAtATime: this.oneAtATime, settle: this.settle });
  }
}

/** The subjects of the messages that the world puts into the streams itself. */
export const subjectOf = {
  event: 'event.0.acc.deal.won',
  replay: subjects.replay(PARTITION, WEBHOOK_ID, 'rpl'),
  manual: subjects.manual(PARTITION, WEBHOOK_ID),
};
