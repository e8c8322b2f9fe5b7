import { crashPoint } from '#libs/service/src/crash-point';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptHandler } from '../attempt/attempt.handler.js';
import type { SlotPriority, Slots } from '../attempt/slots.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { Lanes } from '../lane/lanes.js';
import { dispatchMetrics } from '../metrics.js';
import type { HealthBook } from '../ownership/health-book.js';
import type { StoredEvent } from '../payload/stored-events.js';
import { afterAttempt, type AttemptOutcome, type Delivery } from './delivery.js';
import type { Settle } from './settle.js';

export interface DeliverContext {
  directory: WebhookDirectory;
  lanes: Lanes;
  settle: Settle;
  attempts: AttemptHandler;
  slots: Slots;
  health: HealthBook;
}

/**
 * Delivers: now, if the webhook can take it, otherwise into its lane. Every way to a receiver ends here, so here are the
 * limits, and at most one request of a delivery is in flight.
 */
export class Deliver {
  /** By delivery and event sequence: a second copy of a message waits for the first one's end, then looks at the ledger. */
  private readonly inFlight = new Map<string, Promise<void>>();

  constructor(private readonly context: DeliverContext) {}

  /** The request of this delivery that is in flight; null when there is none. */
  findInFlight(delivery: Delivery): Promise<void> | null {
    return this.inFlight.get(keyOf(delivery)) ?? null;
  }

  /** Resolves when the delivery has a durable successor: a fact, a waiting retry, or a place in the lane. */
  async now(webhook: Webhook, delivery: Delivery, event: StoredEvent, priority: SlotPriority = 'flow'): Promise<void> {
    const { lanes } = this.context;
    const flow = lanes.flowOf(webhook);
    let reason = flow.reasonToWait(Date.now());
    if (reason === null) {
      flow.inFlight++;
    } else if (reason === 'busy') {
      const hasSlot = await flow.slotSoon();
      // Paused while it waited: the slot goes to the next.
      if (hasSlot && flow.isPaused) flow.leave(null, Date.now());
      reason = flow.isPaused ? 'paused' : hasSlot ? null : 'throttled';
    }
    if (reason !== null) await lanes.hold(webhook, delivery, reason);
    else await this.tracked(delivery, () => this.attempt(webhook, delivery, event, priority));
  }

  /** From the lane. `paused` when the webhook was paused before the request began: the delivery stays where it is. */
  async released(webhook: Webhook, delivery: Delivery, event: StoredEvent): Promise<'settled' | 'paused'> {
    let isPaused = false;
    await this.tracked(delivery, async () => {
      await this.context.lanes.flowOf(webhook).slot();
      isPaused = (await this.attempt(webhook, { ...delivery, trigger: 'release' }, event, 'flow')) === 'paused';
    });
    return isPaused ? 'paused' : 'settled';
  }

  private async tracked(delivery: Delivery, work: () => Promise<unknown>): Promise<void> {
    const key = keyOf(delivery);
    const running = work().then(() => undefined);
    this.inFlight.set(key, running);
    try {
      await running;
    } finally {
      this.inFlight.delete(key);
    }
  }

  /** The caller has one of the webhook's slots; it is given back here. */
  private async attempt(
    found: Webhook,
    delivery: Delivery,
    event: StoredEvent,
    priority: SlotPriority,
  ): Promise<'settled' | 'paused'> {
    const { directory, lanes, settle, attempts, slots, health } = this.context;
    const flow = lanes.flowOf(found);
    let outcome: AttemptOutcome | null = null;
    const waitMs = flow.paceMs(Date.now());
    let result;
    let webhook;
    try {
      if (waitMs >= 1) await sleep(waitMs);
      await slots.acquire(priority);
      try {
        // URL and secret are those at the start of the attempt.
        webhook = directory.find(found.form.id);
        if (delivery.trigger === 'release' && webhook?.form.status === 'paused') return 'paused';
        webhook ??= found;
        if (delivery.attempts === 0)
          dispatchMetrics.firstAttemptSeconds.observe(Math.max(0, Date.now() - event.storedAtMs) / 1000);
        crashPoint('dispatch.matched');
        result = await attempts.make(webhook, delivery, event);
        outcome = result.outcome;
      } finally {
        slots.release();
      }
    } finally {
      flow.leave(outcome, Date.now());
    }
    const decision = afterAttempt(delivery, outcome, webhook.retryPolicy, result, Math.random());
    await settle.attempted(delivery, result, decision);
    health.record(webhook.form, outcome, result.endedAtMs, decision.kind === 'failed');
    return 'settled';
  }
}

function keyOf({ deliveryId, eventSeq }: Delivery): string {
  return `${deliveryId}:${eventSeq}`;
}
