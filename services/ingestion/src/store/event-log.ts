import { createHash } from 'node:crypto';
import type { EventReceiptView } from '#libs/api/src/event.dto';
import { newAnswerKey } from '#libs/contracts/src/answer-key';
import { eventHeaders } from '#libs/contracts/src/crm-event';
import { derivedId } from '#libs/contracts/src/ids';
import { readEvent } from '#libs/contracts/src/stored-event';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { storedMessage } from '#libs/jetstream/src/stream-message';
import { Injectable } from '@nestjs/common';
import { headers, millis } from '@nats-io/transport-node';
import { Accounts } from '../account/accounts.js';
import type { Accepted } from '../door/accept-event.js';
import { STORE_WITHIN_MS, unavailable } from './unavailable.js';

/** Where an event was stored, and the id that it has there. */
interface StoredAs {
  id: string;
  seq: number;
  isDuplicate: boolean;
}

/**
 * Stores accepted events in EVENTS. The same id of the same account within the window is one event; of CloudEvents, the same
 * `id` and `source`.
 */
@Injectable()
export class EventLog {
  private knownWindowMs: number | null = null;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly accounts: Accounts,
  ) {}

  /**
   * Resolves when the event is durable. Rejects with PublishFailed after `giveUpAfterMs`. The event may be stored even then;
   * storing it again with the same id is safe.
   */
  async store(accepted: Accepted, giveUpAfterMs?: number): Promise<StoredAs> {
    const { event, source } = accepted;
    const stored = await this.publish(accepted, giveUpAfterMs);
    if (source === null || !stored.isDuplicate || (await this.isFrom(source, stored.seq))) return stored;
    // The id is another source's. Derived, so that the same event again is a duplicate of this one.
    const id = derivedId('evt', `${source}\n${event.id}`);
    return this.publish({ ...accepted, event: { ...event, id } }, giveUpAfterMs);
  }

  private async publish({ event, source, warnings }: Accepted, giveUpAfterMs?: number): Promise<StoredAs> {
    const head = headers();
    head.set(eventHeaders.id, event.id);
    head.set(eventHeaders.timestamp, event.timestamp);
    head.set(eventHeaders.answerKey, newAnswerKey());
    if (event.key !== null) head.set(eventHeaders.key, event.key);
    if (event.traceparent !== null) head.set(eventHeaders.traceparent, event.traceparent);
    if (source !== null) head.set(eventHeaders.sourceHash, hashOf(source));
    if (warnings.length > 0) head.set(eventHeaders.warnings, JSON.stringify(warnings).replace(/[^\x20-\x7e]/g, escaped));
    const logDays = await this.accounts.findLogDays(event.accountId);
    if (logDays !== undefined) head.set(eventHeaders.logDays, String(logDays));
    const stored = await this.publisher.publish(subjects.event(event.accountId, event.type), event.data, {
      msgId: `${event.accountId}:${event.id}`,
      headers: head,
      ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }),
    });
    return { ...stored, id: event.id };
  }

  /** Time in which the same id is one event, ms. Provisioning sets it, on the stream itself. Throws when NATS cannot tell. */
  async windowMs(): Promise<number> {
    this.knownWindowMs ??= millis((await this.connection.jsm.streams.info('EVENTS')).config.duplicate_window);
    return this.knownWindowMs;
  }

  /** Stores an event while its client waits, and returns the receipt. Throws `unavailable`. */
  async accept(accepted: Accepted): Promise<EventReceiptView> {
    const { event, warnings } = accepted;
    const { id, seq, isDuplicate } = await this.store(accepted, STORE_WITHIN_MS).catch(unavailable);
    const timestamp = isDuplicate ? ((await this.findTimestamp(seq)) ?? event.timestamp) : event.timestamp;
    const receipt = { id, event: event.type, timestamp, duplicate: isDuplicate };
    return warnings.length > 0 ? { ...receipt, warnings } : receipt;
  }

  /** Whether the event at `seq` is of this source. One without a source, or that is gone, may be. */
  private async isFrom(source: string, seq: number): Promise<boolean> {
    const message = await this.connection.jsm.streams.getMessage('EVENTS', { seq });
    const stored = message === null ? null : storedMessage(message).header(eventHeaders.sourceHash);
    return stored === null || stored === hashOf(source);
  }

  /** The timestamp of the event at `seq`, for the receipt of a duplicate; null when EVENTS no longer has it. */
  private async findTimestamp(seq: number): Promise<string | null> {
    const message = await this.connection.jsm.streams.getMessage('EVENTS', { seq });
    return message === null ? null : readEvent(storedMessage(message)).timestamp;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Escapes a character for a header, which must be ASCII. */
function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
