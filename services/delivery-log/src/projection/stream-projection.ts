import { setTimeout as sleep } from 'node:timers/promises';
import { orderedReading } from '#libs/jetstream/src/follow';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { asEveryone } from '#libs/postgres/src/database';
import { changedRows, rows } from '#libs/postgres/src/rows';
import { crashPoint } from '#libs/service/src/crash-point';
import { DeliverPolicy, type JsMsg, type MsgRequest } from '@nats-io/jetstream';
import type { DataSource, EntityManager } from 'typeorm';
import { positionOf, type ProjectedStream } from '../positions.js';

export interface StreamProjectionOptions {
  stream: ProjectedStream;
  connection: JetStreamConnection;
  database: DataSource;
  /** Makes the partitions that a batch needs, outside its transaction. */
  prepare: (batch: JsMsg[]) => Promise<void>;
  /** Writes a batch. After a failed transaction it is called again with the same messages. */
  write: (manager: EntityManager, batch: JsMsg[]) => Promise<void>;
  onProblem: (reason: string, error: unknown) => void;
}

/** A batch: the messages of this time, up to this number of messages and of bytes. */
const GATHER_MS = 50;
const MESSAGES_MAX = 500;
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * Projects one stream into tables. Reads in order from the stored position, and writes rows and the new position in one
 * transaction. The position is compared as it is written. When two replicas read the same batch, one writes it, and the other
 * reads on from the new position.
 */
export class StreamProjection {
  /** Last sequence in the tables. */
  position = 0;
  /** Messages between the last one read and the end of the stream. */
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
        // The database or NATS is away. The stream keeps its messages.
        this.options.onProblem(`the projection of ${this.options.stream} waits`, error);
        await sleep(500);
      }
    }
  }

  /** Follows the stream until the projection is stopped, another replica has written, or something fails. */
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
          // The next message wakes it. The time-out covers a stop and a lost wake-up.
          await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), sleep(1_000, undefined, { ref: false })]);
          if (queue.length > 0 && queue.length < MESSAGES_MAX) await sleep(GATHER_MS);
          // Another replica has written, or a rebuild has begun: read on from its position.
          else if (queue.length === 0 && (await this.storedPosition()) !== this.position) return;
          else if (queue.length === 0) await this.passGap();
          continue;
        }
        // The client asks for more as messages arrive, not as they are written: stop before the queue fills the memory.
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

  private storedPosition(): Promise<number> {
    return positionOf(this.options.database, this.options.stream);
  }

  private async drain(queue: JsMsg[]): Promise<void> {
    while (queue.length > 0) await this.project(takeBatch(queue));
  }

  /**
   * Moves past erased messages at the end of the stream. A rebuild never reads them, and a job that waits for the last sequence
   * would wait for the next message.
   */
  private async passGap(): Promise<void> {
    const { connection, stream } = this.options;
    const { streams } = connection.jsm;
    const last = (await streams.info(stream)).state.last_seq;
    if (last <= this.position) return;
    // Asks the leader, because a replica may not have the message yet. The client's types do not know this request.
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
      // A crash of PostgreSQL may lose rows, and then the position with them: they are read again.
      await rows(manager, 'SET LOCAL synchronous_commit = off');
      const moved = await changedRows(manager, 'UPDATE delivery_log.positions SET seq = $1 WHERE stream = $2 AND seq = $3', [
        last,
        stream,
        this.position,
      ]);
      if (moved !== 1) throw new Error('another replica has written this batch; reading on from its position');
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
