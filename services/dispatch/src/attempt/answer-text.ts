import { brotliDecompressSync, constants, unzipSync } from 'node:zlib';

/** At most so much of an answer is inflated: a bomb costs no more than any answer. */
const INFLATED_BYTES_MAX = 64 * 1024;
/** The log keeps 1,000 characters, and looks for secrets in some more. */
const TEXT_BYTES_MAX = 12 * 1024;
const HEX_BYTES_MAX = 400;

/**
 * The beginning of an answer's body as text, for the log. It is inflated where a receiver has compressed it in spite of
 * `accept-encoding: identity`, and decoded by its charset. Without a charset it is UTF-8. Anything else is shown in hex.
 */
export function answerText(body: Buffer, headers: Record<string, string>): string {
  if (body.length === 0) return '';
  const inflated = inflate(body, headers['content-encoding'] ?? 'identity')?.subarray(0, TEXT_BYTES_MAX);
  if (inflated === undefined) return hexOf(body);
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '') ?? [];
  return decoded(inflated, charset) ?? decoded(inflated, 'utf-8') ?? hexOf(inflated);
}

/** Null for what cannot be inflated. */
function inflate(body: Buffer, encoding: string): Buffer | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return body;
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return beginningOf(body, (part) =>
        unzipSync(part, { maxOutputLength: INFLATED_BYTES_MAX, finishFlush: constants.Z_SYNC_FLUSH }),
      );
    case 'br':
      return beginningOf(body, (part) =>
        brotliDecompressSync(part, { maxOutputLength: INFLATED_BYTES_MAX, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
      );
    default:
      return null;
  }
}

/** Inflates as much of the body as has room. */
function beginningOf(body: Buffer, inflateAll: (part: Buffer) => Buffer): Buffer | null {
  for (let length = body.length; length > 0; length = Math.floor(length / 4)) {
    try {
      return inflateAll(body.subarray(0, length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return null;
    }
  }
  return null;
}

/** Null when the bytes are no text of this charset, or nobody knows it. A character that was cut off at the end is left out. */
function decoded(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function hexOf(bytes: Buffer): string {
  return `hex: ${bytes.toString('hex', 0, HEX_BYTES_MAX)}`;
}
