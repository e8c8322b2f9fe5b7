import { createHash, randomFillSync } from 'node:crypto';

/** What every id in Tidings may look like; ids become NATS tokens, so nothing else passes the door. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export type IdPrefix = 'acc' | 'evt' | 'wh' | 'dlv' | 'in' | 'rpl' | 'ers' | 'ntf' | 'fct' | 'key' | 'rej' | 'req' | 'aud';

/** Random bytes are asked for in advance: one call for 256 ids, each of which would cost more than the rest of its id. */
const RANDOM_POOL_BYTES = 4_096;
const pool = Buffer.allocUnsafe(RANDOM_POOL_BYTES);
let poolUsed = RANDOM_POOL_BYTES;

/** A new id: the prefix and a UUIDv7 (RFC 9562) without hyphens, so that ids sort by the time they were made. */
export function newId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  const bytes = Buffer.allocUnsafe(16);
  if (poolUsed === RANDOM_POOL_BYTES) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  pool.copy(bytes, 0, poolUsed, poolUsed + 16);
  poolUsed += 16;
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `${prefix}_${bytes.toString('hex')}`;
}

/**
 * The id of the delivery of one event to one webhook. Derived, so that a crash between matching and storing makes the
 * same delivery again, never a second one. A bulk replay makes deliveries of its own, hence `replayId`.
 */
export function deliveryId(eventId: string, webhookId: string, replayId = ''): string {
  return derivedId('dlv', `${eventId}\n${webhookId}\n${replayId}`);
}

/** The same id for the same text, in every process and after every crash. */
export function derivedId(prefix: IdPrefix, text: string): string {
  return `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
