import { subjects } from '#libs/contracts/src/subjects';
import type { HoldReason } from '#libs/contracts/src/waiting-delivery';
import type { Publisher } from '#libs/jetstream/src/publisher';
import { crashPoint } from '#libs/service/src/crash-point';
import type { AttemptResult } from '../delivery/attempt-result.js';
import type { FactWriter } from '../ledger/fact-writer.js';
import { dispatchMetrics } from '../metrics.js';
import { attemptId, whyLost, type Decision, type Delivery } from '../delivery/delivery.js';
import { attemptFact, cancelledFact, heldFact, lostFact, waitingFact } from '../delivery/facts.js';

/**
 * Makes outcomes durable. Each method resolves when the delivery has its successor, a fact or a message that waits. From
 * then on its source may be acked.
 */
export class Settle {
  constructor(
    private readonly partition: number,
    private readonly facts: FactWriter,
    private readonly publisher: Publisher,
  ) {}

  /**
   * Settles an attempt: first the fact, then the message that waits. After a crash between them the message is made again
   * from the fact (`schedule_again`). In the other order a crash would leave a retry that no fact mentions, and the source
   * would be attempted a second time.
   */
  async attempted(delivery: Delivery, result: AttemptResult, decision: Decision): Promise<void> {
    dispatchMetrics.deliveries.inc({ decision: decision.kind });
    crashPoint('dispatch.answered');
    await this.facts.write(attemptFact(delivery, result, decision));
    if (decision.kind === 'retry') {
      crashPoint('dispatch.scheduled');
      await this.schedule(decision.next);
    }
    crashPoint('dispatch.settled');
  }

  /** Puts the next attempt into RETRIES. Idempotent: JetStream drops the duplicate. */
  async schedule(next: Delivery): Promise<void> {
    const subject = subjects.retry(this.partition, next.webhookId);
    const { seq } = await this.publisher.publish(subject, JSON.stringify(next), { msgId: attemptId(next) });
    crashPoint('dispatch.retry_stored');
    await this.facts.write(waitingFact(next, seq, Date.now()));
  }

  /** Puts the delivery into its webhook's lane, at position `number`. `isDuplicate`: it waited there already. */
  async held(delivery: Delivery, reason: HoldReason, number: number): Promise<{ isDuplicate: boolean }> {
    dispatchMetrics.held.inc({ reason });
    const subject = subjects.lane(this.partition, delivery.webhookId);
    const body = JSON.stringify({ ...delivery, reason });
    const { seq, isDuplicate } = await this.publisher.publish(subject, body, { msgId: `${attemptId(delivery)}:lane` });
    crashPoint('dispatch.lane_stored');
    await this.facts.write(heldFact(delivery, reason, { laneSeq: seq, number: isDuplicate ? null : number }, Date.now()));
    return { isDuplicate };
  }

  async cancelled(delivery: Delivery, reason: string): Promise<void> {
    dispatchMetrics.deliveries.inc({ decision: 'cancelled' });
    await this.facts.write(cancelledFact(delivery, reason, Date.now()));
  }

  /** Ends a delivery whose event is no longer in EVENTS. */
  eventGone(delivery: Delivery): Promise<void> {
    return this.lost(delivery, whyLost(delivery, Date.now()));
  }

  async lost(delivery: Delivery, reason: 'expired' | 'erased'): Promise<void> {
    dispatchMetrics.deliveries.inc({ decision: reason });
    await this.facts.write(lostFact(delivery, reason, Date.now()));
  }
}
