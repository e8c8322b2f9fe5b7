import type { DeliveryFact } from '#libs/contracts/src/fact';
import { newId } from '#libs/contracts/src/ids';
import { subjects } from '#libs/contracts/src/subjects';
import type { Publisher } from '#libs/jetstream/src/publisher';
import { crashPoint } from '#libs/service/src/crash-point';
import type { AttemptResult } from '../attempt/attempt.handler.js';
import type { FactWriter } from '../fact/fact-writer.js';
import { dispatchMetrics } from '../metrics.js';
import type { Decision, Delivery } from './delivery.js';

type FactOf<K extends DeliveryFact['kind']> = Extract<DeliveryFact, { kind: K }>;

/**
 * Makes what happened durable. Each method resolves when the delivery has its successor, a fact or a message that waits,
 * so that its source may be acked.
 */
export class Settle {
  constructor(
    private readonly partition: number,
    private readonly facts: FactWriter,
    private readonly publisher: Publisher,
  ) {}

  /**
   * After an attempt. The fact comes before the message that waits: a crash between them leaves a fact from which the
   * message is made again (`schedule_again`), while the other order would leave a waiting retry of which nobody knows, beside
   * a source that is attempted a second time.
   */
  async attempted(delivery: Delivery, result: AttemptResult, decision: Decision): Promise<void> {
    const { record: attempt, recipe: body } = result;
    const { requestId } = delivery;
    const common = { ...factOf(delivery, result.endedAtMs), attempt, body, ...(requestId === null ? {} : { requestId }) };
    dispatchMetrics.deliveries.inc({ decision: decision.kind });
    crashPoint('dispatch.answered');
    switch (decision.kind) {
      case 'succeeded':
        await this.facts.write({ ...common, kind: 'succeeded' });
        break;
      case 'failed':
        await this.facts.write({ ...common, kind: 'failed', reason: decision.reason });
        break;
      case 'retry':
        await this.facts.write({ ...common, kind: 'retry_scheduled', nextAttemptAtMs: decision.next.dueAtMs });
        crashPoint('dispatch.scheduled');
        await this.schedule(decision.next);
        break;
    }
    crashPoint('dispatch.settled');
  }

  /** Its webhook cannot take it now: it waits in the webhook's lane. Tells whether it already did. */
  async held(delivery: Delivery, reason: NonNullable<Delivery['reason']>): Promise<{ isDuplicate: boolean }> {
    dispatchMetrics.held.inc({ reason });
    const { seq, isDuplicate } = await this.publisher.publish(
      subjects.lane(this.partition, delivery.webhookId),
      JSON.stringify({ ...delivery, reason }),
      { msgId: `${attemptId(delivery)}:lane` },
    );
    crashPoint('dispatch.lane_stored');
    const fact: FactOf<'held'> = { ...factOf(delivery), kind: 'held', reason, laneSeq: seq, attempts: delivery.attempts };
    await this.facts.write(fact);
    return { isDuplicate };
  }

  /** It will not be sent any more. */
  async cancelled(delivery: Delivery, reason: string): Promise<void> {
    dispatchMetrics.deliveries.inc({ decision: 'cancelled' });
    await this.facts.write({ ...factOf(delivery), kind: 'cancelled', reason, attempts: delivery.attempts });
  }

  /** Its event is no longer in EVENTS. */
  async lost(delivery: Delivery, reason: 'expired' | 'erased'): Promise<void> {
    dispatchMetrics.deliveries.inc({ decision: reason });
    await this.facts.write({ ...factOf(delivery), kind: 'failed', attempt: null, body: null, reason });
  }

  /** Puts the next attempt into RETRIES; a second time, when nobody knows whether the first was stored, changes nothing. */
  async schedule(next: Delivery): Promise<void> {
    const { seq } = await this.publisher.publish(subjects.retry(this.partition, next.webhookId), JSON.stringify(next), {
      msgId: attemptId(next),
    });
    crashPoint('dispatch.retry_stored');
    await this.facts.write({
      ...factOf(next),
      kind: 'retry_waiting',
      attempts: next.attempts,
      nextAttemptAtMs: next.dueAtMs,
      retrySeq: seq,
    });
  }
}

/**
 * Tells one coming attempt from every other. The event's sequence is part of it: an event that is published again after
 * the window has the same delivery ids.
 */
function attemptId(delivery: Delivery): string {
  return `${delivery.deliveryId}:${delivery.eventSeq}:${delivery.attempts + 1}`;
}

function factOf(delivery: Delivery, atMs = Date.now()): Omit<FactOf<'cancelled'>, 'kind' | 'reason' | 'attempts'> {
  const { deliveryId, accountId, webhookId, eventId, eventType, eventSeq, createdAtMs, replayId } = delivery;
  return { id: newId('fct', atMs), atMs, deliveryId, accountId, webhookId, eventId, eventType, eventSeq, createdAtMs, replayId };
}
