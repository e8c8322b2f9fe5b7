import { createHash } from 'node:crypto';
import { pooledRandom } from './random-pool.js';

/** The grammar of every id. Ids become tokens of NATS subjects, so ingestion rejects everything else. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

export type IdPrefix = 'acc' | 'evt' | 'wh' | 'dlv' | 'in' | 'rpl' | 'ers' | 'ntf' | 'fct' | 'key' | 'rej' | 'req' | 'aud';

/** A new id: the prefix and a UUIDv7 (RFC 9562) without hyphens, so that ids sort by the time they were made. */
export function newId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  const bytes = pooledRandom(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `${prefix}_${bytes.toString('hex')}`;
}

/**
 * The id of the delivery of one event to one webhook. It is derived, so a crash between matching and storing makes the same
 * delivery again, never a second one. A bulk replay makes deliveries of its own, hence `replayId`.
 */
export function deliveryId(eventId: string, webhookId: string, replayId = ''): string {
  return derivedId('dlv', `${eventId}\n${webhookId}\n${replayId}`);
}

/** Derives the same id from the same text, in every process and after every crash. */
export function derivedId(prefix: IdPrefix, text: string): string {
  return `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
