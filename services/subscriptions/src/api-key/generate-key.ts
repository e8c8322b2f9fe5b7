import { createHash, randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Makes a key `tdk_<id>_<secret>`; its id is no secret. */
export function generateKey(): { id: string; key: string } {
  const id = base62(12);
  return { id, key: `tdk_${id}_${base62(43)}` };
}

/** SHA-256 of the whole key: the only trace of it in the database. */
export function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function base62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}
