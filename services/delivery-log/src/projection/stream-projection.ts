import { setTimeout as sleep } from 'node:timers/promises';
import { orderedReading } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asEveryone } from '#libs/postgres/src/database';
import { crashPoint } from '#libs/service/src/crash-point';
import { DeliverPolicy, type JsMsg, type MsgRequest } from '@nats-io/jetstream';
import type { DataSource, EntityManager } from 'typeorm';

export interface StreamProjectionOptions {
  stream: 'EVENTS' | 'REJECTED' | 'FACTS' | 'ERASED';
  connection: JetStreamConnection;
  database: DataSource;
  /** Makes what the rows of a batch need, outside the transaction. */
  prepare: (batch: JsMsg[]) => Promise<void>;
  /** Writes a batch. It may be called again with the same messages, after a transaction that failed. */
  write: (manager: EntityManager, batch: JsMsg[]) => Promise<void>;
  onProblem: (reason: string, error: unknown) => void;
}

/** A batch is what came within this time, at most so many messages, at most so many bytes. */
const GATHER_MS = 50;
const MESSAGES_MAX = 500;
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * Projects one stream into tables: reads in order from the stored position, writes rows and the new position in one
 * transaction. The position is compared as it is written, so of two replicas that read the same, one writes, and the
 * other begins again where that one is.
 */
export class StreamProjection {
  /** The last sequence that is in the tables. */
  position = 0;
  /** Messages behind the end of the stream, as of the last one read. */
  lag = 0;
  private isStopped = false;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(private readonly options: StreamProjectionOptions) {}

  get stream(): string {
    return this.options.stream;
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.readOn();
      } catch (error) {
        // The database or NATS is away: the stream keeps what is to be read.
        this.options.onProblem(`the projection of ${this.options.stream} waits`, error);
        await sleep(500);
      }
    }
  }

  /** Follows the stream until something fails or it is stopped. */
  private async readOn(): Promise<void> {
    const { connection, stream } = this.options;
    this.position = await this.storedPosition();
    const consumer = await connection.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.position + 1,
    });
    const queue: JsMsg[] = [];
    const messages = await consumer.consume({
      ...orderedReading,
      callback: (msg) => {
        queue.push(msg);
        this.lag = msg.info.pending;
        this.wake();
      },
    });
    try {
      while (!this.isStopped) {
        if (queue.length === 0) {
          // Woken by the next message; looked after now and then, so that a stop or a lost wake-up does not hang.
          await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), sleep(1_000, undefined, { ref: false })]);
          if (queue.length > 0 && queue.length < MESSAGES_MAX) await sleep(GATHER_MS);
          // Another replica has written, or a rebuild has begun: read on from there.
          else if (queue.length === 0 && (await this.storedPosition()) !== this.position) return;
          else if (queue.length === 0) await this.passGap();
          continue;
        }
        // The client asks for more when messages arrive, not when they are written: stop reading what cannot be kept.
        if (queue.length > MESSAGES_MAX * 8) {
          messages.stop();
          await this.drain(queue);
          return;
        }
        await this.project(takeBatch(queue));
      }
    } finally {
      messages.stop();
    }
  }

  private async storedPosition(): Promise<number> {
    const { database, stream } = this.options;
    const [row]: { seq: string }[] = await database.query('SELECT seq FROM delivery_log.positions WHERE stream = $1', [stream]);
    return Number(row!.seq);
  }

  private async drain(queue: JsMsg[]): Promise<void> {
    while (queue.length > 0) await this.project(takeBatch(queue));
  }

  /**
   * The last messages of the stream may have been erased: a rebuild never comes to them, and who waits until everything up to the
   * last sequence has been read would wait for the next message.
   */
  private async passGap(): Promise<void> {
    const { connection, stream } = this.options;
    const { streams } = connection.jsm;
    const last = (await streams.info(stream)).state.last_seq;
    if (last <= this.position) return;
    // Of the leader, which the client's types do not know: a replica may not have it yet.
    const ahead = { seq: this.position + 1, next_by_subj: '>' } as unknown as MsgRequest;
    const next = await streams.getMessage(stream, ahead);
    if (next === null || next.seq > last) await this.moveTo(last, () => Promise.resolve());
  }

  private async project(batch: JsMsg[]): Promise<void> {
    const { prepare, write } = this.options;
    await prepare(batch);
    await this.moveTo(batch.at(-1)!.info.streamSequence, (manager) => write(manager, batch));
  }

  private async moveTo(last: number, write: (manager: EntityManager) => Promise<void>): Promise<void> {
    const { database, stream } = this.options;
    await asEveryone(database, async (manager) => {
      // What a crash of the database takes back, it takes back with the position: it is read again.
      await manager.query('SET LOCAL synchronous_commit = off');
      const moved: [unknown, number] = await manager.query(
        'UPDATE delivery_log.positions SET seq = $1 WHERE stream = $2 AND seq = $3',
        [last, stream, this.position],
      );
      if (moved[1] !== 1) throw new Error('another replica has written this already');
      await write(manager);
      crashPoint('delivery-log.written');
    });
    crashPoint('delivery-log.committed');
    this.position = last;
  }
}

function takeBatch(queue: JsMsg[]): JsMsg[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < MESSAGES_MAX && bytes < BYTES_MAX) bytes += queue[count++]!.data.length;
  return queue.splice(0, count);
}
