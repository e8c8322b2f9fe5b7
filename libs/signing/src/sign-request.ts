import { createHmac, randomBytes } from 'node:crypto';

export interface SigningInput {
  /** Newest first. During a rotation there are two, which both sign. */
  secrets: string[];
  /** The profile's header, `X-Asan-Signature`; null where there is none. */
  profileHeader: string | null;
  /** `webhook-id`: the event's id. */
  messageId: string;
  timestampSeconds: number;
  /** The exact bytes that are sent. */
  body: Buffer;
}

const SECRET_PREFIX = 'whsec_';

/**
 * Makes the headers that prove a request. Standard Webhooks has `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,…`, with
 * a signature for each secret. The profile's own header is the lower-case hex HMAC-SHA256 of the body. It holds one signature. During a
 * rotation the old secret makes it until it expires, so that receivers that check only this header change at their own time.
 */
export function signatureHeaders({
  secrets,
  profileHeader,
  messageId,
  timestampSeconds,
  body,
}: SigningInput): Record<string, string> {
  const head = `${messageId}.${timestampSeconds}.`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', standardKey(secret)).update(head).update(body).digest('base64')}`,
  );
  const headers: Record<string, string> = {
    'webhook-id': messageId,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
  const oldest = secrets.at(-1);
  if (profileHeader !== null && oldest !== undefined)
    headers[profileHeader] = createHmac('sha256', oldest).update(body).digest('hex');
  return headers;
}

/**
 * The key of Standard Webhooks: the base64 after `whsec_`, or the characters of a secret without that prefix. The profile's header
 * always uses the characters, `whsec_` included, because its documents do not know base64.
 */
export function standardKey(secret: string): Buffer {
  return secret.startsWith(SECRET_PREFIX) ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64') : Buffer.from(secret);
}

/** A new signing secret: `whsec_` and 32 random bytes in base64, as Standard Webhooks asks. */
export function generateSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString('base64');
}
