import type { SeenMark } from '#libs/contracts/src/inbound-webhook-state';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Injectable } from '@nestjs/common';
import { STORE_WITHIN_MS } from './unavailable.js';

/** A mark: the event, or the rejected event, that something has become, and when. */
export interface Outcome {
  id: string;
  /** Sequence of the mark. */
  seq: number;
  atMs: number;
}

/**
 * Remembers for seven days what was taken, so that a duplicate has no second effect (docs/adr/0009). A mark is written after
 * its event is stored. Where a crash prevents the mark, the event's derived id makes the second one a duplicate in EVENTS.
 */
@Injectable()
export class Seen {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  /**
   * Finds the outcome of the last time; null when there was none. `ofId` names the inbound webhook or the rejected event, `derived`
   * is the id derived from the content.
   */
  async findOutcome(ofId: string, derived: string): Promise<Outcome | null> {
    const message = await this.connection.jsm.streams.getMessage('INBOUND', {
      last_by_subj: subjects.inboundSeen(ofId, derived),
    });
    return message === null ? null : { id: message.json<SeenMark>().id, seq: message.seq, atMs: message.time.getTime() };
  }

  async mark(ofId: string, derived: string, id: string): Promise<void> {
    const mark: SeenMark = { v: 1, id };
    await this.publisher.publish(subjects.inboundSeen(ofId, derived), JSON.stringify(mark), {
      msgId: `${ofId}:${derived}`,
      giveUpAfterMs: STORE_WITHIN_MS,
    });
  }
}
