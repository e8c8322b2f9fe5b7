import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { newInbox } from './connect.js';
import type { StreamMessage } from './stream-message.js';

interface Pending {
  resolve: (message: StreamMessage | null) => void;
  timer: NodeJS.Timeout;
}

const ANSWER_WITHIN_MS = 3_000;
const NOT_FOUND = 404;

/**
 * Reads single messages of a stream, many at once, with one reply inbox and a map of promises. The client's own direct get makes
 * two errors with stack traces for each request, even for one that succeeds.
 */
export class DirectReader {
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly pending = new Map<string, Pending>();
  private nextToken = 0;

  constructor(private readonly nc: NatsConnection) {
    this.inbox = newInbox(nc);
    this.subscription = nc.subscribe(`${this.inbox}.*`, { callback: (_error, msg) => this.onAnswer(msg) });
  }

  /** Null when the stream has no such message. Rejects when NATS does not answer in time. */
  read(stream: string, seq: number): Promise<StreamMessage | null> {
    return new Promise((resolve, reject) => {
      const token = (this.nextToken++).toString(36);
      const timer = setTimeout(() => {
        this.pending.delete(token);
        reject(new Error(`message ${seq} of ${stream} could not be read: no answer from NATS`));
      }, ANSWER_WITHIN_MS);
      this.pending.set(token, { resolve, timer });
      this.nc.publish(`$JS.API.DIRECT.GET.${stream}`, `{"seq":${seq}}`, { reply: `${this.inbox}.${token}` });
    });
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private onAnswer(msg: Msg): void {
    const token = msg.subject.slice(this.inbox.length + 1);
    const pending = this.pending.get(token);
    // A late answer is dropped. Without a server (503), the time-out rejects.
    if (!pending || (msg.headers?.code !== undefined && msg.headers.code !== 0 && msg.headers.code !== NOT_FOUND)) return;
    this.pending.delete(token);
    clearTimeout(pending.timer);
    const { headers, data: body } = msg;
    if (!headers || headers.code === NOT_FOUND) return pending.resolve(null);
    pending.resolve({
      subject: headers.get('Nats-Subject'),
      seq: Number(headers.get('Nats-Sequence')),
      body,
      storedAtMs: Date.parse(headers.get('Nats-Time-Stamp')),
      header: (name) => headers.get(name) || null,
    });
  }
}
