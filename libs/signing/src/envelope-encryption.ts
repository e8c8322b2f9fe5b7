import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { pooledRandom } from '#libs/contracts/src/random-pool';
import type { Sealed } from '#libs/contracts/src/webhook-state';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEK_PATTERN = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

/** An account's data key, wrapped by the key-encryption key named beside it. */
export interface WrappedKey {
  kekId: string;
  wrapped: string;
}

/**
 * The key-encryption keys of TIDINGS_KEK: `<id>:<base64 of 32 bytes>`, several separated by commas. The first one wraps new
 * data keys. All of them open.
 */
export class Keyring {
  private readonly keys = new Map<string, Buffer>();
  private readonly currentId: string;

  constructor(text: string) {
    for (const part of text.split(',')) {
      const [, id, key] = KEK_PATTERN.exec(part.trim()) ?? [];
      if (!id || !key) {
        throw new Error(
          'TIDINGS_KEK must be <id>:<base64 of 32 bytes>, e.g. "k1:$(openssl rand -base64 32)"; several are separated by commas.',
        );
      }
      if (this.keys.has(id)) throw new Error(`TIDINGS_KEK has two keys "${id}": give the new one a name of its own.`);
      this.keys.set(id, Buffer.from(key, 'base64'));
    }
    this.currentId = [...this.keys.keys()][0]!;
  }

  newDataKey(): WrappedKey {
    const kek = this.keys.get(this.currentId)!;
    return { kekId: this.currentId, wrapped: encrypt(kek, randomBytes(KEY_BYTES), this.currentId) };
  }

  /** Throws when the key-encryption key is missing, or is another one. */
  unwrap({ kekId, wrapped }: WrappedKey): Buffer {
    const kek = this.keys.get(kekId);
    if (!kek)
      throw new Error(`TIDINGS_KEK has no key "${kekId}", which this account's secrets were encrypted with: add it again.`);
    try {
      return decrypt(kek, wrapped, kekId);
    } catch {
      throw new Error(`The key "${kekId}" of TIDINGS_KEK is not the one that this account's secrets were encrypted with.`);
    }
  }
}

/** Additional data of a sealed field: a ciphertext that is moved to another account, subject or field does not open. */
export function boundTo(accountId: string, subjectId: string, field: 'secret' | 'headers' | 'verification' | 'answer'): string {
  return `${accountId}\n${subjectId}\n${field}`;
}

/** Seals a text. `bound` comes from `boundTo`. */
export function seal(dataKey: Buffer, text: string, bound: string): Sealed {
  return { box: encrypt(dataKey, Buffer.from(text), bound) };
}

/** Opens a sealed text. Throws when it was moved, changed, or sealed with another key. */
export function open(dataKey: Buffer, sealed: Sealed, bound: string): string {
  return decrypt(dataKey, sealed.box, bound).toString();
}

function encrypt(key: Buffer, plain: Buffer, bound: string): string {
  const nonce = pooledRandom(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function decrypt(key: Buffer, box: string, bound: string): Buffer {
  const bytes = Buffer.from(box, 'base64');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(bound))
    .setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
}
