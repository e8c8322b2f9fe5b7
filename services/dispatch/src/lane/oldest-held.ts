import { WAITS_MAX_MS } from '#libs/contracts/src/streams';
import { subjects } from '#libs/contracts/src/subjects';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readDelivery } from '../delivery/delivery.js';
import type { WebhookFlow } from '../flow/webhook-flow.js';
import type { HealthBook } from '../health/health-book.js';

/** An admin is told this long before held deliveries expire. */
const TOLD_BEFORE_MS = 3 * 24 * 60 * 60 * 1_000;

export interface OldestHeldContext {
  partition: number;
  connection: JetStreamConnection;
  health: HealthBook;
}

/** Watches the oldest delivery of each paused lane, which may wait for WAITS_MAX_MS. */
export class OldestHeld {
  private readonly expiresAtMs = new Map<string, number>();
  private readonly looksAgainAtMs = new Map<string, number>();

  constructor(private readonly context: OldestHeldContext) {}

  /** Whether the lane has to flow for an expired delivery to end. */
  hasExpired(webhookId: string, nowMs: number): boolean {
    return (this.expiresAtMs.get(webhookId) ?? Infinity) <= nowMs;
  }

  async look(webhookId: string, flow: WebhookFlow): Promise<void> {
    const { connection, partition, health } = this.context;
    if ((this.looksAgainAtMs.get(webhookId) ?? 0) > Date.now()) return;
    const subject = subjects.lane(partition, webhookId);
    const oldest = await connection.jsm.direct.getMessage('LANES', { next_by_subj: subject, seq: 1 });
    if (oldest === null) return;
    try {
      const { createdAtMs } = readDelivery(oldest.data);
      const tellsAtMs = createdAtMs + WAITS_MAX_MS - TOLD_BEFORE_MS;
      if (flow.webhook && tellsAtMs <= Date.now()) health.recordExpiring(flow.webhook.state, createdAtMs);
      this.expiresAtMs.set(webhookId, createdAtMs + WAITS_MAX_MS);
      this.looksAgainAtMs.set(webhookId, tellsAtMs <= Date.now() ? createdAtMs + WAITS_MAX_MS : tellsAtMs);
    } catch {
      // It cannot be read: the lane is opened, which parks it.
      this.expiresAtMs.set(webhookId, 0);
    }
  }

  forget(webhookId: string): void {
    this.expiresAtMs.delete(webhookId);
    this.looksAgainAtMs.delete(webhookId);
  }
}
