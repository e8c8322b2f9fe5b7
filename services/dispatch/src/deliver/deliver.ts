import { setTimeout as sleep } from 'node:timers/promises';
import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import { crashPoint } from '#libs/service/src/crash-point';
import type { AttemptHandler } from '../attempt/attempt.handler.js';
import { Unopenable } from '../attempt/secrets.js';
import type { Slots } from '../flow/slots.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { Flows } from '../flow/flows.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';
import { dispatchMetrics } from '../metrics.js';
import type { HealthBook } from '../health/health-book.js';
import type { Presence } from '../flow/presence.js';
import type { StoredEvent, StoredEvents } from '../payload/stored-events.js';
import { afterAttempt, afterManualAttempt, type AttemptOutcome, type Delivery } from '../delivery/delivery.js';
import type { Settle } from './settle.js';

export interface DeliverContext {
  directory: WebhookDirectory;
  events: StoredEvents;
  flows: Flows;
  settle: Settle;
  attempts: AttemptHandler;
  slots: Slots;
  health: HealthBook;
  presence: Presence;
}

/** How an attempt went: settled, or why there was no request. */
export type Attempted = 'settled' | 'paused' | 'slow' | 'stopped';

/** An attempt that a person asked for: when an automatic one that waits would have been due, null for none. */
interface ManualAttempt {
  waitsUntilMs: number | null;
}

/**
 * Delivers: now, if the webhook can take it, otherwise into its lane. Every way to a receiver ends here, so here are the
 * limits. The caller works on the delivery alone (OneAtATime).
 */
export class Deliver {
  /** Deliveries that wait in memory for their turn, which comes soon. */
  waitingSoon = 0;

  constructor(private readonly context: DeliverContext) {}

  /** True: the delivery has a durable successor, a fact, a waiting retry or a place in the lane. False: the process ends first. */
  async now(webhook: Webhook, delivery: Delivery, event: StoredEvent): Promise<boolean> {
    const { flows, events } = this.context;
    const flow = flows.flowOf(webhook);
    let reason = flow.reasonToWait(Date.now());
    if (reason === null) {
      flow.begin();
    } else if (reason === 'soon') {
      this.waitingSoon++;
      const hasTurn = await flow.turnSoon();
      this.waitingSoon--;
      if (!hasTurn && flows.isStopped) return false;
      reason = hasTurn ? null : flow.isPaused ? 'paused' : 'throttled';
    }
    if (reason === null) {
      const attempted = await this.attempt(flow, webhook, delivery, event);
      if (attempted === 'settled') return true;
      if (attempted === 'stopped') return false;
      reason = attempted;
    }
    // Whatever is not paused comes back soon.
    if (reason !== 'paused') events.keep(event);
    await this.hold(webhook, delivery, reason);
    return true;
  }

  /** Puts a delivery into its webhook's lane. Resolves when it is durable there. */
  async hold(webhook: Webhook, delivery: Delivery, reason: HoldReason): Promise<void> {
    const { flows, settle } = this.context;
    const flow = flows.flowOf(webhook);
    // Counted before it is stored, so that whatever comes for this webhook meanwhile joins the lane behind it.
    const number = ++flow.waiting;
    const { isDuplicate } = await settle.held(delivery, reason, number).catch((error: unknown) => {
      flow.leaveLane();
      throw error;
    });
    if (isDuplicate) flow.leaveLane();
    flows.held(webhook.state.id);
  }

  /**
   * From the lane: settled, or it stays where it is; `no_event`: what it refers to is gone. Its place in the row is taken before
   * anything is waited for, `stored` included: messages come in the lane's order, and go in it.
   */
  async released(webhook: Webhook, delivery: Delivery, stored: Promise<StoredEvent | null>): Promise<Attempted | 'no_event'> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnFromLane())) return 'stopped';
    // What a person asked for while the webhook was paused: nothing automatic waits behind it.
    const manual = delivery.requestId === null ? null : { waitsUntilMs: null };
    const trigger = manual ? 'manual' : 'release';
    try {
      const event = await stored.catch((error: unknown) => {
        flow.leave(null, 0, Date.now());
        throw error;
      });
      if (event !== null) return await this.attempt(flow, webhook, { ...delivery, trigger }, event, manual);
      flow.leave(null, 0, Date.now());
      return 'no_event';
    } finally {
      flow.endFromLane();
    }
  }

  /** Asked for by a person: before all others, and past the lane. False: there was no request. */
  async manual(webhook: Webhook, delivery: Delivery, event: StoredEvent, manual: ManualAttempt): Promise<boolean> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnForManual())) return false;
    return (await this.attempt(flow, webhook, { ...delivery, trigger: 'manual' }, event, manual)) === 'settled';
  }

  /** A replay's first attempt: when nothing else is to be done for the webhook. */
  async replayed(webhook: Webhook, delivery: Delivery, event: StoredEvent): Promise<Attempted> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnForReplay())) return 'stopped';
    return this.attempt(flow, webhook, delivery, event);
  }

  /** The caller has one of the webhook's slots; it is given back here. */
  private async attempt(
    flow: WebhookFlow,
    found: Webhook,
    delivery: Delivery,
    event: StoredEvent,
    manual: ManualAttempt | null = null,
  ): Promise<Attempted> {
    const { directory, flows, settle, attempts, slots, health, presence } = this.context;
    const isReplay = delivery.trigger === 'replay';
    let outcome: AttemptOutcome | null = null;
    let requestMs = 0;
    let result;
    let webhook;
    try {
      const waitMs = isReplay ? 0 : flow.paceMs(Date.now());
      if (waitMs >= 1) await sleep(waitMs);
      const slot = await slots.acquire(manual ? 'manual' : flow.isSuspect ? 'suspect' : isReplay ? 'replay' : 'flow');
      if (slot === null) return 'slow';
      try {
        // URL and secret are those at the start of the attempt. What ended meanwhile is given back, and cancelled when it comes again.
        webhook = directory.findWebhook(found.state.id);
        if (webhook === null || !mayReceive(webhook, flow)) return whyNot(webhook);
        if (delivery.attempts === 0 && delivery.replayId === null)
          dispatchMetrics.firstAttemptSeconds.observe(Math.max(0, Date.now() - event.storedAtMs) / 1000);
        crashPoint('dispatch.matched');
        // A connection may take seconds. Whoever stood still meanwhile is told here that the partition may no longer be its own, and
        // who paused the webhook meanwhile has been promised that it gets nothing.
        const mayBegin = (): boolean => {
          presence.check();
          return !flows.isStopped && mayReceive(directory.findWebhook(found.state.id), flow);
        };
        result = await attempts.make(webhook, delivery, event, mayBegin);
        if (result === null) return flows.isStopped ? 'stopped' : whyNot(directory.findWebhook(found.state.id));
        outcome = result.outcome;
        requestMs = result.endedAtMs - result.startedAtMs;
      } catch (error) {
        if (!webhook || !(error instanceof Unopenable)) throw error;
        // Nothing can be signed, and trying again would not help: an operator has to look, and until then nothing is lost.
        if (directory.setAside(webhook)) dispatchMetrics.setAside.inc();
        return 'paused';
      } finally {
        slots.release(slot);
      }
    } finally {
      flow.leave(outcome, requestMs, Date.now(), isReplay);
    }
    const decision =
      manual === null
        ? afterAttempt(delivery, outcome, webhook.retryPolicy, result, Math.random())
        : afterManualAttempt(delivery, outcome, result, manual.waitsUntilMs);
    await settle.attempted(delivery, result, decision);
    health.record(webhook.state, outcome, result.endedAtMs, decision.kind === 'failed');
    return 'settled';
  }
}

function mayReceive(webhook: Webhook | null, flow: WebhookFlow): boolean {
  return webhook?.state.status === 'active' || (webhook?.state.status === 'paused' && flow.isProbing);
}

/** What is paused is held; what has ended is given back, and cancelled when it comes again. */
function whyNot(webhook: Webhook | null): 'paused' | 'stopped' {
  return webhook?.state.status === 'paused' ? 'paused' : 'stopped';
}
