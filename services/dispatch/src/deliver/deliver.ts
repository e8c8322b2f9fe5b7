import type { StoredEvent } from '#libs/contracts/src/stored-event';
import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import type { Webhook } from '../directory/webhook.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';
import type { HealthBook } from '../health/health-book.js';
import type { StoredEvents } from '../payload/stored-events.js';
import { afterAttempt, afterManualAttempt, type Delivery } from '../delivery/delivery.js';
import { Requests, type NoRequest, type RequestsContext } from './requests.js';
import type { Settle } from './settle.js';

export interface DeliverContext extends RequestsContext {
  events: StoredEvents;
  settle: Settle;
  health: HealthBook;
}

/** How an attempt ended: its outcome is durable, or why there was no request. */
export type Attempted = 'settled' | NoRequest;

/** A manual attempt. `waitsUntilMs`: when the automatic retry that waits is due, null when none waits. */
interface ManualAttempt {
  waitsUntilMs: number | null;
}

/**
 * Delivers now, if the webhook can take it, otherwise into its lane. Every way to a receiver leads through here. The caller
 * works on the delivery alone (OneAtATime).
 */
export class Deliver {
  /** Deliveries waiting in memory for a turn that comes soon. */
  waitingSoon = 0;

  private readonly requests: Requests;

  constructor(private readonly context: DeliverContext) {
    this.requests = new Requests(context);
  }

  /** True: the delivery has a durable successor, a fact, a waiting retry or a place in the lane. False: the process ends. */
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
      const attempted = await this.attempt(flow, delivery, event);
      if (attempted === 'settled') return true;
      if (attempted === 'stopped') return false;
      reason = attempted;
    }
    // Only a paused delivery waits for long; all others need their event again soon.
    if (reason !== 'paused') events.keep(event);
    await this.hold(webhook, delivery, reason);
    return true;
  }

  /** Puts a delivery into its webhook's lane. Resolves when it is durable there. */
  async hold(webhook: Webhook, delivery: Delivery, reason: HoldReason): Promise<void> {
    const { flows, settle } = this.context;
    const flow = flows.flowOf(webhook);
    // Counted before it is stored, so that later deliveries of this webhook join the lane behind it.
    const number = ++flow.waiting;
    const { isDuplicate } = await settle.held(delivery, reason, number).catch((error: unknown) => {
      flow.leaveLane();
      throw error;
    });
    if (isDuplicate) flow.leaveLane();
    flows.held(webhook.state.id);
  }

  /**
   * Attempts a delivery from the lane. Unless settled, it stays where it is. `no_event`: EVENTS no longer has its event. Its
   * turn is queued before anything is awaited, `stored` included, because messages leave the lane in its order.
   */
  async released(webhook: Webhook, delivery: Delivery, stored: Promise<StoredEvent | null>): Promise<Attempted | 'no_event'> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnFromLane())) return 'stopped';
    // A person asked for it while the webhook was paused: no automatic retry waits behind it.
    const manual = delivery.requestId === null ? null : { waitsUntilMs: null };
    const trigger = manual ? 'manual' : 'release';
    try {
      const event = await stored.catch((error: unknown) => {
        flow.leave(null, 0, Date.now());
        throw error;
      });
      if (event !== null) return await this.attempt(flow, { ...delivery, trigger }, event, manual);
      flow.leave(null, 0, Date.now());
      return 'no_event';
    } finally {
      flow.endFromLane();
    }
  }

  /** Makes a manual attempt, ahead of all others and past the lane. False: there was no request. */
  async manual(webhook: Webhook, delivery: Delivery, event: StoredEvent, manual: ManualAttempt): Promise<boolean> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnForManual())) return false;
    return (await this.attempt(flow, { ...delivery, trigger: 'manual' }, event, manual)) === 'settled';
  }

  /** Makes a replay's first attempt, when nothing else is to be done for the webhook. */
  async replayed(webhook: Webhook, delivery: Delivery, event: StoredEvent): Promise<Attempted> {
    const flow = this.context.flows.flowOf(webhook);
    if (!(await flow.turnForReplay())) return 'stopped';
    return this.attempt(flow, delivery, event);
  }

  /** Makes the attempt and its outcome durable. The caller has one of the webhook's slots, which is given back here. */
  private async attempt(
    flow: WebhookFlow,
    delivery: Delivery,
    event: StoredEvent,
    manual: ManualAttempt | null = null,
  ): Promise<Attempted> {
    const { settle, health } = this.context;
    const turn = { flow, webhookId: delivery.webhookId, delivery, event, isManual: manual !== null };
    const requested = await this.requests.make(turn);
    if (requested.kind !== 'answered') return requested.kind;
    const { webhook, result } = requested;
    const decision =
      manual === null
        ? afterAttempt(delivery, result.outcome, webhook.retryPolicy, result, Math.random())
        : afterManualAttempt(delivery, result.outcome, result, manual.waitsUntilMs);
    await settle.attempted(delivery, result, decision);
    health.record(webhook.state, result.outcome, result, decision.kind === 'failed');
    return 'settled';
  }
}
