import type { Webhook } from '../directory/webhook.js';
import { WebhookFlow } from './webhook-flow.js';

/** The flows of a partition's webhooks, in the order of their turns. A flow exists as long as it has something to remember. */
export class Flows {
  private readonly flows = new Map<string, WebhookFlow>();
  isStopped = false;

  /** `onHeld` hears of each delivery that was put into its webhook's lane. */
  constructor(private readonly onHeld: (webhookId: string) => void) {}

  flowOf(webhook: Webhook): WebhookFlow {
    return this.findFlow(webhook.state.id) ?? this.begin(webhook.state.id, webhook);
  }

  findFlow(webhookId: string): WebhookFlow | null {
    return this.flows.get(webhookId) ?? null;
  }

  /** `webhook` null: it was deleted, and its lane is not empty yet. */
  begin(webhookId: string, webhook: Webhook | null): WebhookFlow {
    const flow = new WebhookFlow(webhook);
    this.flows.set(webhookId, flow);
    return flow;
  }

  held(webhookId: string): void {
    this.onHeld(webhookId);
  }

  [Symbol.iterator](): IterableIterator<[string, WebhookFlow]> {
    return this.flows.entries();
  }

  /** Gives every other flow its turn first. */
  moveToEnd(webhookId: string): void {
    const flow = this.flows.get(webhookId);
    if (flow && this.flows.delete(webhookId)) this.flows.set(webhookId, flow);
  }

  forget(webhookId: string): void {
    this.flows.delete(webhookId);
  }

  /** Turns away every delivery that has not begun. */
  stop(): void {
    this.isStopped = true;
    for (const flow of this.flows.values()) flow.stop();
  }
}
