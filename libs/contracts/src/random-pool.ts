import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn in advance, because each draw costs more than the use of its bytes. */
const POOL_BYTES = 8_192;
let pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** Returns 1 to 64 random bytes, which nobody else gets. */
export function pooledRandom(bytes: number): Buffer {
  if (used + bytes > POOL_BYTES) {
    // A new pool instead of the old one filled again: bytes that were given out must not change.
    pool = randomFillSync(Buffer.allocUnsafe(POOL_BYTES));
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
