import { recordKey, RECORDS_BUCKET, type RecordHistory } from '#libs/contracts/src/record-history';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { readToEnd } from '#libs/jetstream/src/follow';
import type { Publisher } from '#libs/jetstream/src/publisher';
import { fingerprintsNow } from '#libs/matching/src/changed';
import { headers, nuid } from '@nats-io/transport-node';
import { readEvent, type StoredEvent } from '#libs/contracts/src/stored-event';
import { dataOf } from '../payload/stored-events.js';
import type { ChangedPaths } from './changed-paths.js';
import { afterEvent, NO_HISTORY, valuesBefore } from './history.js';

export interface RecordBookContext {
  connection: JetStreamConnection;
  publisher: Publisher;
  changedPaths: ChangedPaths;
  onProblem: (reason: string, error?: unknown) => void;
}

/** An event's record as it was before the event. */
export interface Before {
  /** By path. */
  fingerprints: ReadonlyMap<string, string>;
  /** Resolves when the event's own values are durable. The event must not be acked before. */
  written: Promise<void>;
}

/** The record's values in one event. */
interface News {
  key: string;
  seq: number;
  storedAtMs: number;
  fingerprints: ReadonlyMap<string, string>;
}

interface Entry {
  history: RecordHistory;
  /** The history in the bucket; `revision` is its sequence there. */
  stored: RecordHistory;
  revision: number;
  storedAtMs: number;
  /** The writes of this entry, one after the other. */
  written: Promise<void>;
}

/** Entries in memory for each partition, about 300 bytes each. The bucket has all. */
const ENTRIES_MAX = 5_000;
/** The bucket forgets an entry after 32 days without a write, so a record with events is written this often. */
const WRITE_EVERY_MS = 24 * 60 * 60 * 1000;

/**
 * Knows records as they were before an event, for filters that say `changed`. It folds the events of accounts with such
 * filters, in stored order, so that an event finds the same values whenever it comes. `isInOrder` watches over that order,
 * and `catchUp` restores it. An account without such a filter costs a look into a map.
 */
export class RecordBook {
  /** The longest unused entry comes first. */
  private readonly entries = new Map<string, Entry>();
  private lastConsumerSeq = 0;
  private isInOrder = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly partition: number,
    private readonly context: RecordBookContext,
  ) {}

  /**
   * Must be called with every event of the partition, in the order of delivery. Null when there is nothing to compare: no
   * filter of the account asks, or the event has no value that one asks for.
   */
  before(event: StoredEvent, consumerSeq: number, readData: () => Record<string, unknown>): Promise<Before> | null {
    if (consumerSeq !== this.lastConsumerSeq + 1) this.isInOrder = false;
    this.lastConsumerSeq = consumerSeq;
    const news = this.newsOf(event, readData);
    if (news === null) return null;
    // One after the other, catching up included. Writes are not awaited here.
    const before = this.turn.then(() => this.remember(news));
    this.turn = before.catch(() => undefined);
    return before;
  }

  private newsOf(event: StoredEvent, readData: () => Record<string, unknown>): News | null {
    const { accountId, id, type, timestamp, key, seq, storedAtMs } = event;
    const paths = this.context.changedPaths.of(accountId);
    if (paths === null || key === null) return null;
    const fingerprints = fingerprintsNow({ id, event: type, timestamp, data: readData() }, paths);
    return fingerprints.size === 0 ? null : { key: recordKey(accountId, key), seq, storedAtMs, fingerprints };
  }

  private async remember(news: News): Promise<Before> {
    if (!this.isInOrder) await this.catchUp();
    try {
      return await this.fold(news);
    } catch (error) {
      // The events behind it must not be compared without it.
      this.isInOrder = false;
      throw error;
    }
  }

  private async fold({ key, seq, storedAtMs, fingerprints }: News): Promise<Before> {
    const entry = this.entries.get(key) ?? (await this.read(key));
    this.keep(key, entry);
    const before = valuesBefore(entry.history, seq);
    const history = afterEvent(entry.history, seq, fingerprints);
    if (history !== entry.history || storedAtMs - entry.storedAtMs > WRITE_EVERY_MS) {
      entry.history = { ...history };
      entry.storedAtMs = storedAtMs;
      entry.written = entry.written.then(() => this.write(key, entry));
      entry.written.catch(() => {
        // Another owner may have written meanwhile. The events that wait for this write come again and are compared anew.
        this.isInOrder = false;
      });
    }
    return { fingerprints: before, written: entry.written };
  }

  private async read(key: string): Promise<Entry> {
    const { connection, onProblem } = this.context;
    // From the leader: a replica may not have the last write yet.
    const message = await connection.jsm.streams.getMessage(`KV_${RECORDS_BUCKET}`, { last_by_subj: subjectOf(key) });
    let stored = NO_HISTORY;
    if (message !== null) {
      try {
        stored = readHistory(message.string());
      } catch (error) {
        onProblem(`the history of record ${key} cannot be read: it begins anew`, error);
      }
    }
    const storedAtMs = message?.time.getTime() ?? 0;
    return { history: stored, stored, revision: message?.seq ?? 0, storedAtMs, written: Promise.resolve() };
  }

  private keep(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const [oldest, { history, stored }] of this.entries) {
      if (this.entries.size <= ENTRIES_MAX) break;
      // An entry that is being written is not in the bucket yet. There are at most as many as events in hand.
      if (history === stored) this.entries.delete(oldest);
    }
  }

  private async write(key: string, entry: Entry): Promise<void> {
    const { history } = entry;
    // The write before this one took this event's values, too.
    if (history === entry.stored) return;
    const head = headers();
    // JetStream does not fence a past owner: its late write must not hide what this owner knows.
    head.set('Nats-Expected-Last-Subject-Sequence', String(entry.revision));
    const msgId = `${key}:${nuid.next()}`;
    const { seq } = await this.context.publisher.publish(subjectOf(key), JSON.stringify(history), { msgId, headers: head });
    entry.stored = history;
    entry.revision = seq;
  }

  /**
   * Reads missed events. They were delivered to the owner before us, or to a connection that broke, and are not acked. So
   * EVENTS is read in order from the first message without ack; events that are known already change nothing.
   */
  private async catchUp(): Promise<void> {
    const { connection, onProblem } = this.context;
    // Set first: a gap found from here on is a new one.
    this.isInOrder = true;
    try {
      await Promise.allSettled([...this.entries.values()].map(({ written }) => written));
      this.entries.clear();
      const info = await connection.jsm.consumers.info('EVENTS', `dispatch-${this.partition}`);
      const [startSeq, endSeq] = [info.ack_floor.stream_seq + 1, info.delivered.stream_seq];
      if (startSeq > endSeq) return;
      const missed: News[] = [];
      await readToEnd(connection.js, {
        stream: 'EVENTS',
        filter: `event.${this.partition}.>`,
        startSeq,
        endSeq,
        onMessage: (message) => {
          const event = readEvent(message);
          const news = this.newsOf(event, () => dataOf(event));
          if (news !== null) missed.push(news);
        },
        onProblem,
      });
      for (const news of missed) await this.fold(news);
    } catch (error) {
      this.isInOrder = false;
      throw error;
    }
  }
}

function readHistory(text: string): RecordHistory {
  const history = JSON.parse(text) as RecordHistory;
  if (history.v !== 1) throw new Error(`version ${String(history.v)} is unknown`);
  return history;
}

function subjectOf(key: string): string {
  return `$KV.${RECORDS_BUCKET}.${key}`;
}
