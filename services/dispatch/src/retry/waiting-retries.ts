import { subjects } from '#libs/contracts/src/subjects';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readDelivery } from '../delivery/delivery.js';
import { carryOut, decide } from '../deliver/carry-out.js';
import type { OneAtATime } from '../deliver/one-at-a-time.js';
import type { Settle } from '../deliver/settle.js';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import type { Ledger } from '../ledger/ledger.js';

export interface WaitingRetriesContext {
  partition: number;
  connection: JetStreamConnection;
  directory: WebhookDirectory;
  ledger: Ledger;
  oneAtATime: OneAtATime;
  settle: Settle;
  onProblem: (reason: string, error?: unknown) => void;
}

/**
 * Cancels the waiting retries of a webhook as soon as it is deleted or disabled, not only when they are due. It works on one
 * webhook at a time, message by message: a million waiting retries are no reason for haste.
 */
export class WaitingRetries {
  private readonly ended = new Set<string>();
  private hasStarted = false;
  private isWorking = false;
  private isStopped = false;

  constructor(private readonly context: WaitingRetriesContext) {}

  /** Finds webhooks that ended while nobody owned the partition. */
  async start(): Promise<void> {
    this.hasStarted = true;
    const { connection, partition, directory } = this.context;
    const filter = subjects.retry(partition, '*');
    const { state } = await connection.jsm.streams.info('RETRIES', { subjects_filter: filter });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const webhookId = subject.split('.')[2]!;
      const status = directory.findWebhook(webhookId)?.state.status ?? 'disabled';
      if (status === 'disabled') this.cancel(webhookId);
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Takes a webhook that was deleted or disabled. Before the start, facts are still being read, and `start` will find it. */
  cancel(webhookId: string): void {
    if (!this.hasStarted) return;
    this.ended.add(webhookId);
    if (!this.isWorking) void this.work();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    for (const webhookId of this.ended) {
      this.ended.delete(webhookId);
      await this.cancelAll(webhookId).catch((error: unknown) => {
        this.context.onProblem(`retries of ${webhookId} could not be cancelled yet; they will be when they are due`, error);
      });
    }
    this.isWorking = false;
  }

  private async cancelAll(webhookId: string): Promise<void> {
    const { connection, partition, oneAtATime, settle } = this.context;
    const { direct, streams } = connection.jsm;
    const subject = subjects.retry(partition, webhookId);
    for (let seq = 1; !this.isStopped;) {
      const message = await direct.getMessage('RETRIES', { next_by_subj: subject, seq });
      if (message === null) return;
      seq = message.seq + 1;
      const delivery = readDelivery(message.data);
      await oneAtATime.alone(delivery, async () => {
        const step = decide(this.context, 'retry', delivery);
        if (step.kind !== 'cancel') return;
        await carryOut(settle, delivery, step);
        await streams.deleteMessage('RETRIES', message.seq, false);
      });
    }
  }
}
