import type { SeenMark } from '#libs/contracts/src/inbound-webhook-state';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Injectable } from '@nestjs/common';
import { STORE_WITHIN_MS } from '../event/unavailable.js';

/**
 * What was taken before and must have no second effect, for seven days (docs/adr/0009). A mark is written after what it tells
 * of is stored: one that a crash prevents is made good by the id of the event, which is derived from the same.
 */
@Injectable()
export class Seen {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
  ) {}

  /**
   * What it has become, or null when it is new. `ofId` is the inbound webhook's, or the rejected event's; `derived` the id
   * derived from what tells one thing of it from another.
   */
  async find(ofId: string, derived: string): Promise<string | null> {
    const message = await this.connection.jsm.streams.getMessage('INBOUND', {
      last_by_subj: subjects.inboundSeen(ofId, derived),
    });
    return message === null ? null : message.json<SeenMark>().id;
  }

  async mark(ofId: string, derived: string, id: string): Promise<void> {
    const mark: SeenMark = { v: 1, id };
    await this.publisher.publish(subjects.inboundSeen(ofId, derived), JSON.stringify(mark), {
      msgId: `${ofId}:${derived}`,
      giveUpAfterMs: STORE_WITHIN_MS,
    });
  }
}
