import { randomFillSync } from 'node:crypto';

/** Random bytes are asked for in advance, some hundred times at once: each call costs more than what the bytes are for. */
const POOL_BYTES = 8_192;
let pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** So many random bytes, 1 to 64, the caller's own. */
export function pooledRandom(bytes: number): Buffer {
  if (used + bytes > POOL_BYTES) {
    // What was given out stays as it is: a new pool, not the old one filled again.
    pool = randomFillSync(Buffer.allocUnsafe(POOL_BYTES));
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
