import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '#libs/service/src/crash-point';
import type { AttemptHandler } from '../attempt/attempt.handler.js';
import { Unopenable } from '../attempt/secrets.js';
import type { AttemptResult } from '../delivery/attempt-result.js';
import type { Delivery } from '../delivery/delivery.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Webhook } from '../directory/webhook.js';
import type { Flows } from '../flow/flows.js';
import type { Presence } from '../flow/presence.js';
import type { SlotFor, Slots } from '../flow/slots.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';
import { dispatchMetrics } from '../metrics.js';
import type { StoredEvent } from '#libs/contracts/src/stored-event';

export interface RequestsContext {
  directory: WebhookDirectory;
  flows: Flows;
  attempts: AttemptHandler;
  slots: Slots;
  presence: Presence;
}

/** A delivery whose turn has come. It has one of its webhook's slots. */
export interface Turn {
  flow: WebhookFlow;
  webhookId: string;
  delivery: Delivery;
  event: StoredEvent;
  isManual: boolean;
}

/** Why there was no request: the webhook is paused, a slow receiver found no slot, or the work is given back. */
export type NoRequest = 'paused' | 'slow' | 'stopped';

/** A request that was made, with the webhook's state at its start, or why there was none. */
export type Requested = { kind: 'answered'; webhook: Webhook; result: AttemptResult } | { kind: NoRequest };

/** Makes the requests of a partition, each within the limits of its webhook and of the process. */
export class Requests {
  constructor(private readonly context: RequestsContext) {}

  /** Makes the request, and gives the webhook's slot back as soon as it has ended. */
  async make(turn: Turn): Promise<Requested> {
    const { flow, delivery } = turn;
    const isReplay = delivery.trigger === 'replay';
    let result: AttemptResult | null = null;
    try {
      // A replay has taken its place in the pace together with its turn.
      const waitMs = isReplay ? 0 : flow.paceMs(Date.now());
      if (waitMs >= 1) await sleep(waitMs);
      const requested = await this.inSlot(turn);
      if (requested.kind === 'answered') ({ result } = requested);
      return requested;
    } finally {
      const requestMs = result === null ? 0 : result.endedAtMs - result.startedAtMs;
      flow.leave(result?.outcome ?? null, requestMs, Date.now(), isReplay);
    }
  }

  /** Makes the request in one of the process's slots. */
  private async inSlot(turn: Turn): Promise<Requested> {
    const { slots } = this.context;
    const slot = await slots.acquire(slotFor(turn));
    if (slot === null) return { kind: 'slow' };
    try {
      return await this.request(turn);
    } finally {
      slots.release(slot);
    }
  }

  private async request({ flow, webhookId, delivery, event }: Turn): Promise<Requested> {
    const { directory, flows, attempts, presence } = this.context;
    // The attempt uses the URL and the secret at its start.
    const webhook = directory.findWebhook(webhookId);
    if (webhook === null || !mayReceive(webhook, flow)) return { kind: whyNot(webhook) };
    if (delivery.attempts === 0 && delivery.replayId === null)
      dispatchMetrics.firstAttemptSeconds.observe(Math.max(0, Date.now() - event.storedAtMs) / 1000);
    crashPoint('dispatch.matched');
    // Checked again once connected, which may take seconds. This process may have lost the partition by standing still, or the
    // webhook may have been paused: then it was promised to get nothing.
    const mayBegin = (): boolean => {
      presence.check();
      return !flows.isStopped && mayReceive(directory.findWebhook(webhookId), flow);
    };
    let result;
    try {
      result = await attempts.make(webhook, delivery, event, mayBegin);
    } catch (error) {
      if (!(error instanceof Unopenable)) throw error;
      // Nothing can be signed, and a retry would not help. Deliveries wait, and nothing is lost, until an operator looks.
      if (directory.setAside(webhook)) dispatchMetrics.setAside.inc();
      return { kind: 'paused' };
    }
    if (result !== null) return { kind: 'answered', webhook, result };
    return { kind: flows.isStopped ? 'stopped' : whyNot(directory.findWebhook(webhookId)) };
  }
}

function slotFor({ flow, delivery, isManual }: Turn): SlotFor {
  if (isManual) return 'manual';
  if (flow.isSuspect) return 'suspect';
  return delivery.trigger === 'replay' ? 'replay' : 'flow';
}

function mayReceive(webhook: Webhook | null, flow: WebhookFlow): boolean {
  return webhook?.state.status === 'active' || (webhook?.state.status === 'paused' && flow.isProbing);
}

/** A paused webhook's delivery is held. One of an ended webhook is given back, and cancelled when it comes again. */
function whyNot(webhook: Webhook | null): 'paused' | 'stopped' {
  return webhook?.state.status === 'paused' ? 'paused' : 'stopped';
}
