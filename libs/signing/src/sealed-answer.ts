import { createHash } from 'node:crypto';
import { pooledRandom } from '#libs/contracts/src/random-pool';
import { open, seal } from './envelope-encryption.js';

/**
 * What receivers answer often repeats what they were sent, and lies in FACTS among the answers of others. So it is sealed with a key
 * that is kept with the event alone: whoever erases the event has erased every answer to it, wherever it is (docs/adr/0014).
 */
export interface Answer {
  /** The first 1,000 characters. */
  body: string;
  headers: Record<string, string>;
}

const KEY_BYTES = 32;

/** For a header of the event's message. */
export function newAnswerKey(): string {
  return pooledRandom(KEY_BYTES).toString('base64url');
}

/** The key of a stored event. One that was stored without a key has one that follows from its data, and goes with it. */
export function answerKeyOf(header: string | null, data: Uint8Array): Buffer {
  return header === null ? createHash('sha256').update(data).digest() : Buffer.from(header, 'base64url');
}

/** Base64. */
export function sealAnswer(key: Buffer, deliveryId: string, { body, headers }: Answer): string {
  return seal(key, JSON.stringify({ body, headers }), deliveryId).box;
}

/** Throws when it was sealed with another key, or for another delivery. */
export function openAnswer(key: Buffer, deliveryId: string, box: string): Answer {
  return JSON.parse(open(key, { box }, deliveryId)) as Answer;
}
