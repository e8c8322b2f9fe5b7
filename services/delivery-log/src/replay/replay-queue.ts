import { deliveryId } from '#libs/contracts/src/ids';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import { firstDelivery, type WaitingDelivery } from '#libs/contracts/src/waiting-delivery';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable } from '@nestjs/common';
import type { ReplayRow } from './replay.row.js';
import type { LookedAt } from './select-events.js';

type Replay = Pick<ReplayRow, 'id' | 'account_id' | 'webhook_id' | 'created_at'>;

/** Ends a turn that cannot publish, long before another process takes the next turn. */
const PUBLISH_WITHIN_MS = 4_000;

/** Status of the server's answer when a subject has no message. */
const NO_MESSAGES = 404;

/** A replay's deliveries in REPLAYS: those that dispatch has not begun yet. */
@Injectable()
export class ReplayQueue {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  /** Counts the replay's deliveries still waiting in REPLAYS. */
  async countWaiting(replay: Replay): Promise<number> {
    const subject = subjectOf(replay);
    const { state } = await this.connection.jsm.streams.info('REPLAYS', { subjects_filter: subject });
    return state.subjects?.[subject] ?? 0;
  }

  /** Returns the ids of the replay's deliveries still waiting in REPLAYS. */
  async waitingIds(replay: Replay): Promise<Set<string>> {
    const ids = new Set<string>();
    try {
      const messages = await this.connection.jsm.direct.getBatch('REPLAYS', { seq: 1, next_by_subj: subjectOf(replay) });
      for await (const message of messages) ids.add(message.json<WaitingDelivery>().deliveryId);
    } catch (error) {
      if ((error as { code?: unknown }).code !== NO_MESSAGES) throw error;
    }
    return ids;
  }

  /** Resolves when a delivery of each event is stored. */
  async add(replay: Replay, events: LookedAt[]): Promise<void> {
    await Promise.all(
      events.map(async (event) => {
        const delivery = deliveryOf(replay, event);
        const options = { msgId: delivery.deliveryId, giveUpAfterMs: PUBLISH_WITHIN_MS };
        await this.publisher.publish(subjectOf(replay), JSON.stringify(delivery), options);
        crashPoint('delivery-log.replay_published');
      }),
    );
  }

  /** Removes deliveries that have not begun. Dispatch returns those it holds within a second, or begins them at once. */
  async takeBack(replay: Replay): Promise<void> {
    await this.connection.jsm.streams.purge('REPLAYS', { filter: subjectOf(replay) });
  }
}

export function replayedDeliveryId({ id, webhook_id }: Replay, event: LookedAt): string {
  return deliveryId(event.id, webhook_id, id);
}

function subjectOf({ id, account_id, webhook_id }: Replay): string {
  return subjects.replay(partitionOf(account_id), webhook_id, id);
}

/**
 * Makes the delivery of a replayed event. It has the replay's time, so however often it is added it stays one row in the log. The row
 * has the longest retention, whatever its event's: after a crash it tells what was added.
 */
function deliveryOf(replay: Replay, event: LookedAt): WaitingDelivery {
  const ids = {
    deliveryId: replayedDeliveryId(replay, event),
    accountId: replay.account_id,
    webhookId: replay.webhook_id,
    eventId: event.id,
    eventType: event.type,
    eventSeq: Number(event.seq),
  };
  return { ...firstDelivery(ids, replay.created_at.getTime(), 'replay'), replayId: replay.id };
}
