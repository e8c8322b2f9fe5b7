import type { DeliveryState } from '#libs/contracts/src/delivery-state';
import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import type { ManualRequest } from '#libs/contracts/src/waiting-delivery';
import type { RetryPolicy, WebhookStatus } from '#libs/contracts/src/webhook-state';
import { foldFacts } from '../../services/delivery-log/src/projection/fold-facts.js';
import {
  afterAttempt,
  afterManualAttempt,
  attemptId,
  firstDelivery,
  nextTryOf,
  type AttemptOutcome,
  type Delivery,
} from '../../services/dispatch/src/delivery/delivery.js';
import { attemptFact, cancelledFact, heldFact, waitingFact } from '../../services/dispatch/src/delivery/facts.js';
import { nextStep, nextManualStep, type Source } from '../../services/dispatch/src/delivery/next-step.js';
import { Ledger, LEDGER_MEMORY_MS } from '../../services/dispatch/src/ledger/ledger.js';
import type { Model } from './model.js';

export type Stream = 'EVENTS' | 'RETRIES' | 'LANES' | 'REPLAYS';

/** The work that a message causes. It stops at each moment after which something is durable, or on the wire: there a process may die. */
type Work = Generator<void, 'done' | 'later'>;

const DEDUP_MS = 10 * 60_000;
const policy: RetryPolicy = {
  intervalsMs: [60_000, 300_000, 1_800_000],
  countsFrom: 'previous_attempt',
  timeoutMs: 10_000,
  jitterRatio: 0,
};
export const MAX_RETRIES = policy.intervalsMs.length;

const ofEvent = firstDelivery(
  { deliveryId: 'dlv', accountId: 'acc', webhookId: 'wh', eventId: 'evt', eventType: 'deal.won', eventSeq: 1 },
  Date.UTC(2026, 0, 1),
);
const ofReplay: Delivery = { ...ofEvent, trigger: 'replay', replayId: 'rpl' };
/** Longer than a message waits for its ack. */
const COME_AGAIN_MS = 15_000;

/** One delivery in the streams as plain data, with the decisions, facts, ledger and fold of the services themselves. */
export class World {
  nowMs = Date.UTC(2026, 0, 1);
  /** How wrong the clock of the process is. */
  skewMs = 0;
  status: WebhookStatus | null = 'active';
  readonly facts: DeliveryFact[] = [];
  readonly messages: Record<Stream, Map<number, Delivery | ManualRequest>>;
  /** The replay was cancelled before dispatch had acked its message. */
  isTakenBack = false;
  /** Requests on the wire at a crash: the log never heard of them. */
  unseen = 0;
  /** Requests that no person asked for. */
  automatic = 0;
  isBusy = false;
  private ledger = new Ledger();
  private readonly msgIds = new Map<string, { seq: number; atMs: number }>();
  private seq = 1;
  private readonly first: Delivery;

  constructor(
    private readonly model: Model,
    origin: 'event' | 'replay',
    private readonly nextOutcome: () => AttemptOutcome,
  ) {
    this.first = origin === 'event' ? ofEvent : ofReplay;
    const source = new Map([[1, this.first]]);
    const [events, replays] = origin === 'event' ? [source, new Map()] : [new Map(), source];
    this.messages = { EVENTS: events, RETRIES: new Map(), LANES: new Map(), REPLAYS: replays };
  }

  /** What the log shows; null when it has nothing. */
  get log(): DeliveryState | null {
    return foldFacts(this.facts).deliveries[0] ?? null;
  }

  /** Hands a message over. The process dies after `crashAfter` steps of the work; the ack may get lost. */
  handle(stream: Stream, seq: number, { crashAfter = Infinity, busy = false, losesAck = false } = {}): void {
    const message = this.messages[stream].get(seq);
    if (message === undefined || (stream === 'RETRIES' && message.dueAtMs > this.clockMs)) return;
    this.isBusy = busy;
    const work = this.work(stream, message);
    for (let steps = 0; ; steps++) {
      const { done, value } = work.next();
      if (done) {
        if (value === 'done' && !losesAck) this.messages[stream].delete(seq);
        return;
      }
      if (steps >= crashAfter) return this.restart();
    }
  }

  /** A person asks. The log may be `behind` by some facts; as the API does, what makes no sense is refused. */
  ask(operation: 'retry' | 'cancel', behind: number): void {
    const row = foldFacts(this.facts.slice(0, Math.max(0, this.facts.length - behind))).deliveries[0];
    if (!row) return;
    const isOver = row.status === 'success' || row.status === 'failed' || row.status === 'cancelled';
    if (operation === 'cancel' ? isOver : this.status !== 'active' && !(this.status === 'paused' && isOver)) return;
    const requestId = `req-${++this.seq}`;
    const stream = row.status === 'pending_retry' ? 'RETRIES' : 'LANES';
    this.messages.REPLAYS.set(this.seq, {
      ...this.first,
      attempts: row.attempts,
      dueAtMs: row.nextAttemptAtMs ?? row.updatedAtMs,
      trigger: 'manual',
      requestId,
      operation,
      waits: isOver || row.waitingSeq === null ? null : { stream, seq: row.waitingSeq },
    });
  }

  /** The replay is cancelled. */
  takeBack(): void {
    if (this.first.replayId !== null && this.messages.REPLAYS.delete(1)) this.isTakenBack = true;
  }

  /** What dispatch does from time to time. */
  look(): void {
    for (const fact of this.ledger.unscheduledReplays(this.clockMs - COME_AGAIN_MS)) {
      const work = this.schedule(nextTryOf(fact));
      while (!work.next().done);
    }
  }

  private get clockMs(): number {
    return this.nowMs + this.skewMs;
  }

  private restart(): void {
    this.ledger = new Ledger();
    const last = this.facts.at(-1);
    for (const fact of this.facts) if (fact.atMs >= last!.atMs - LEDGER_MEMORY_MS) this.ledger.apply(fact);
  }

  private work(stream: Stream, message: Delivery | ManualRequest): Work {
    switch (stream) {
      case 'EVENTS':
        return this.automaticWork('event', message);
      case 'RETRIES':
        return this.automaticWork('retry', message);
      case 'LANES':
        return this.automaticWork('lane', message);
      case 'REPLAYS':
        return 'operation' in message ? this.manualWork(message) : this.automaticWork('replay', message);
    }
  }

  private *automaticWork(source: Source, delivery: Delivery): Work {
    if (source === 'event') {
      for (const fact of this.ledger.unscheduledOf(1)) if (fact.attempt.number === 1) yield* this.schedule(nextTryOf(fact));
    }
    // A webhook that is deleted or disabled matches no event.
    if (source === 'event' && (this.status === null || this.status === 'disabled')) return 'done';
    const step = nextStep(source, delivery, this.ledger.findEntryFor(delivery), this.status);
    switch (step.kind) {
      case 'drop':
        return 'done';
      case 'stay':
        return 'later';
      case 'schedule_again':
        yield* this.schedule(step.next);
        return 'done';
      case 'cancel':
        this.write(cancelledFact(delivery, step.reason, this.clockMs));
        this.model.cancelled();
        yield;
        return 'done';
      case 'deliver':
        if (source === 'replay' && this.isBusy) return 'later';
        if (source !== 'lane' && source !== 'replay' && (this.status === 'paused' || this.isBusy)) yield* this.hold(delivery);
        else yield* this.attempt(delivery, delivery.requestId === null ? null : { waitsUntilMs: null });
        return 'done';
    }
  }

  private *manualWork({ operation, waits: asked, requestId, ...history }: ManualRequest): Work {
    const known = this.ledger.findEntry('dlv', 1);
    const waits =
      known === null
        ? asked
        : known.state === 'held'
          ? ({ stream: 'LANES', seq: known.laneSeq } as const)
          : known.state === 'waiting' && known.retrySeq !== null
            ? ({ stream: 'RETRIES', seq: known.retrySeq } as const)
            : null;
    const waiting = waits === null ? undefined : this.messages[waits.stream].get(waits.seq);
    const delivery: Delivery = { ...(waiting ?? history), requestId };
    const isDone = this.ledger.isRequestDone(requestId);
    const step = nextManualStep(operation, delivery, asked !== null, known, isDone, this.status);
    switch (step.kind) {
      case 'drop':
        return 'done';
      case 'schedule_again':
        yield* this.schedule(step.next);
        break;
      case 'end':
        this.write(cancelledFact(step.delivery, 'manual', this.clockMs));
        this.model.cancelled();
        yield;
        break;
      case 'hold':
        yield* this.hold(step.delivery);
        return 'done';
      case 'attempt':
        yield* this.attempt({ ...step.delivery, trigger: 'manual' }, { waitsUntilMs: step.waitsUntilMs });
        break;
    }
    if (waits !== null && waiting !== undefined) this.messages[waits.stream].delete(waits.seq);
    yield;
    return 'done';
  }

  private *attempt(delivery: Delivery, manual: { waitsUntilMs: number | null } | null): Generator<void, void> {
    this.model.begins(this.status, manual !== null);
    if (manual === null) this.automatic++;
    const startedAtMs = this.clockMs;
    const outcome = this.nextOutcome();
    this.nowMs += 50;
    this.unseen++;
    yield;
    this.unseen--;
    const attempt = { startedAtMs, endedAtMs: this.clockMs };
    const decision =
      manual === null
        ? afterAttempt(delivery, outcome, policy, attempt, 0)
        : afterManualAttempt(delivery, outcome, attempt, manual.waitsUntilMs);
    this.write(attemptFact(delivery, { record: record(delivery, attempt), recipe, endedAtMs: attempt.endedAtMs }, decision));
    this.model.attempted(outcome, manual);
    yield;
    if (decision.kind === 'retry') yield* this.schedule(decision.next);
  }

  private *schedule(next: Delivery): Generator<void, void> {
    const seq = this.publish('RETRIES', attemptId(next), next);
    yield;
    this.write(waitingFact(next, seq, this.clockMs));
    yield;
  }

  private *hold(delivery: Delivery): Generator<void, void> {
    const reason = this.status === 'paused' ? 'paused' : 'throttled';
    const seq = this.publish('LANES', `${attemptId(delivery)}:lane`, { ...delivery, reason });
    yield;
    this.write(heldFact(delivery, reason, { laneSeq: seq, number: null }, this.clockMs));
    this.model.held(reason);
    yield;
  }

  private publish(stream: Stream, msgId: string, delivery: Delivery): number {
    const known = this.msgIds.get(`${stream} ${msgId}`);
    if (known && this.nowMs - known.atMs < DEDUP_MS) return known.seq;
    this.messages[stream].set(++this.seq, delivery);
    this.msgIds.set(`${stream} ${msgId}`, { seq: this.seq, atMs: this.nowMs });
    return this.seq;
  }

  private write(fact: DeliveryFact): void {
    this.facts.push(fact);
    this.ledger.apply(fact);
  }
}

const recipe = { envelope: ['data'], contentType: 'application/json' };

function record(delivery: Delivery, { startedAtMs, endedAtMs }: { startedAtMs: number; endedAtMs: number }): AttemptRecord {
  return {
    number: delivery.attempts + 1, atMs: startedAtMs, trigger: delivery.trigger, url: '', method: 'POST', statusCode: null, error: null,
    responseTimeMs: endedAtMs - startedAtMs, answer: null, requestHeaders: {},
  }; // prettier-ignore
}
