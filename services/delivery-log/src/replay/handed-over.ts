import { deliveryId } from '#libs/contracts/src/ids';
import { partitionOf, subjects } from '#libs/contracts/src/subjects';
import type { WaitingDelivery } from '#libs/contracts/src/waiting-delivery';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { crashPoint } from '#libs/service/src/crash-point';
import { Injectable } from '@nestjs/common';
import type { ReplayRow } from './replay.row.js';
import type { LookedAt } from './selection.js';

type Replay = Pick<ReplayRow, 'id' | 'account_id' | 'webhook_id' | 'created_at'>;

/** A turn that cannot publish in this time ends; far less than the time after which another process takes the next one. */
const PUBLISH_WITHIN_MS = 4_000;

/** The status that the server answers where no message is. */
const NOTHING_WAITS = 404;

/** What a replay has put into REPLAYS for dispatch, and dispatch has not made the first attempt of. */
@Injectable()
export class HandedOver {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  async count(replay: Replay): Promise<number> {
    const subject = subjectOf(replay);
    const { state } = await this.connection.jsm.streams.info('REPLAYS', { subjects_filter: subject });
    return state.subjects?.[subject] ?? 0;
  }

  /** The ids of those deliveries. */
  async ids(replay: Replay): Promise<Set<string>> {
    const ids = new Set<string>();
    try {
      const messages = await this.connection.jsm.direct.getBatch('REPLAYS', { seq: 1, next_by_subj: subjectOf(replay) });
      for await (const message of messages) ids.add(message.json<WaitingDelivery>().deliveryId);
    } catch (error) {
      // Dispatch has begun with all of them.
      if ((error as { code?: unknown }).code !== NOTHING_WAITS) throw error;
    }
    return ids;
  }

  /** Resolves when all are stored. */
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

  /** Whatever has not begun does not. What dispatch has in hand it gives back within a second or begins at once. */
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
 * Its first attempt is to be made; created when the replay was, so that it is one row in the log however often it is handed over. The
 * row stays for the most days, as the replay does, whatever its event's: after a crash it tells what was handed over.
 */
function deliveryOf(replay: Replay, event: LookedAt): WaitingDelivery {
  const createdAtMs = replay.created_at.getTime();
  return {
    v: 1,
    deliveryId: replayedDeliveryId(replay, event),
    accountId: replay.account_id,
    webhookId: replay.webhook_id,
    eventId: event.id,
    eventType: event.type,
    eventSeq: Number(event.seq),
    createdAtMs,
    attempts: 0,
    manualAttempts: 0,
    firstFailedAtMs: null,
    lastAttemptAtMs: null,
    dueAtMs: createdAtMs,
    trigger: 'replay',
    reason: null,
    replayId: replay.id,
    requestId: null,
  };
}
