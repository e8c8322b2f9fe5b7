// Verifies a delivery of Tidings with Node's standard library. `body` must be the raw bytes, before any JSON parser.
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

/**
 * Standard Webhooks: the headers webhook-id, webhook-timestamp and webhook-signature. Header names are lower case.
 * @type {(headers: import('node:http').IncomingHttpHeaders, body: Buffer, secret: string) => boolean}
 */
export function verifyStandard(headers, body, secret) {
  const header = (/** @type {string} */ name) => String(headers[name] ?? '');
  const timestamp = header('webhook-timestamp');
  const ageSeconds = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!/^\d+$/.test(timestamp) || ageSeconds > TOLERANCE_SECONDS) return false;
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const digest = createHmac('sha256', key)
    .update(`${header('webhook-id')}.${timestamp}.`)
    .update(body)
    .digest('base64');
  const signatures = header('webhook-signature').split(' ');
  // Two signatures during a rotation: one match is enough.
  return signatures.some((signature) => isSame(signature, `v1,${digest}`));
}

/**
 * A profile's own header, such as x-easycrm-signature. It carries no time: prefer Standard Webhooks.
 * @type {(signature: string | undefined, body: Buffer, secret: string) => boolean}
 */
export function verifyProfile(signature, body, secret) {
  return isSame(signature ?? '', createHmac('sha256', secret).update(body).digest('hex'));
}

/** @type {(given: string, expected: string) => boolean} */
function isSame(given, expected) {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
