import { createHash } from 'node:crypto';
import { pooledRandom } from './random-pool.js';

const KEY_BYTES = 32;

/** A new key for the answers of receivers to one event, as its message carries it: `eventHeaders.answerKey`. */
export function newAnswerKey(): string {
  return pooledRandom(KEY_BYTES).toString('base64url');
}

/** The key of a stored event. Without the header the key is derived from the data, and is erased together with it. */
export function answerKeyOf(header: string | null, data: Uint8Array): Buffer {
  return header === null ? createHash('sha256').update(data).digest() : Buffer.from(header, 'base64url');
}
