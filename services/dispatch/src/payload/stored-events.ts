import { readEvent, type StoredEvent } from '#libs/contracts/src/stored-event';
import type { DirectReader } from '#libs/jetstream/src/direct-reader';

/** Parses an event's data. */
export function dataOf(event: StoredEvent): Record<string, unknown> {
  return JSON.parse(Buffer.from(event.data).toString()) as Record<string, unknown>;
}

/** 64 MiB of payloads. A message that waits is a reference: a retry or a held delivery reads its event here or from EVENTS. */
const CACHE_BYTES_MAX = 64 * 1024 * 1024;

/** The events that deliveries refer to. The cache only saves reads from EVENTS. */
export class StoredEvents {
  private readonly cache = new Map<number, StoredEvent>();
  private bytes = 0;

  constructor(private readonly reader: DirectReader) {}

  /** Null when EVENTS no longer has the event: it expired or was erased. */
  async findEvent(seq: number): Promise<StoredEvent | null> {
    const cached = this.cache.get(seq);
    if (cached) {
      // Moved to the end: the first entry is the one that was longest unused.
      this.cache.delete(seq);
      this.cache.set(seq, cached);
      return cached;
    }
    const message = await this.reader.read('EVENTS', seq);
    if (message === null) return null;
    const event = readEvent({ ...message, seq });
    this.keep(event);
    return event;
  }

  /** Drops an erased event. */
  forget(seq: number): void {
    const event = this.cache.get(seq);
    if (event && this.cache.delete(seq)) this.bytes -= bytesOf(event);
  }

  /** Caches an event that will be needed again soon. */
  keep(event: StoredEvent): void {
    if (this.cache.has(event.seq)) return;
    this.cache.set(event.seq, event);
    this.bytes += bytesOf(event);
    for (const [seq, oldest] of this.cache) {
      if (this.bytes <= CACHE_BYTES_MAX) break;
      this.cache.delete(seq);
      this.bytes -= bytesOf(oldest);
    }
  }
}

/** Estimates the memory of an event. */
function bytesOf({ data }: StoredEvent): number {
  return data.length + 500;
}
