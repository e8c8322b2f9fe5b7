import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignatureScheme } from '#libs/contracts/src/inbound-webhook-state';
import { standardKey } from './sign-request.js';

/** How the sender of an inbound webhook signs. */
export interface Verification {
  scheme: SignatureScheme;
  /** The header that carries the signature; null where the scheme names its own. */
  header: string | null;
  secret: string;
}

export interface SignedRequest {
  /** Values by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The raw bytes. A body that was parsed and written again would not verify. */
  body: Buffer;
}

/** More than a rotation ever needs; a header of thousands would be as many comparisons. */
const SIGNATURES_MAX = 16;
/** How far a sender's clock may be from ours: the figure of Standard Webhooks and of Stripe. */
const TOLERANCE_SECONDS = 300;
/** 24 to 64 bytes in base64, as after `whsec_`. */
const BASE64_SECRET = /^[A-Za-z0-9+/]{32,86}={0,2}$/;
/** The two names of Standard Webhooks' headers, the specification's first. */
const STANDARD_FAMILIES = ['webhook', 'svix'] as const;

/**
 * Says why a request does not verify, in words for its sender; null when it does. During a rotation there may be several
 * signatures, of which one must match. They are compared in constant time.
 */
export function verificationFailure(expected: Verification, request: SignedRequest, nowMs: number): string | null {
  switch (expected.scheme) {
    case 'standard':
      return standardFailure(expected, request, nowMs);
    case 'timestamped':
      return timestampedFailure(expected, request, nowMs);
    default:
      return bodyFailure(expected, request);
  }
}

/** The id of a Standard Webhooks message, the same on every retry; null when there is none. */
export function messageId(headers: SignedRequest['headers']): string | null {
  const family = standardFamily(headers) ?? STANDARD_FAMILIES.find((name) => headers[`${name}-id`] !== undefined);
  return headers[`${family}-id`] || null;
}

/** The name under which a request is signed. The signature does not cover an id under the other name. */
function standardFamily(headers: SignedRequest['headers']): string | undefined {
  return STANDARD_FAMILIES.find((name) => headers[`${name}-signature`] !== undefined);
}

/** Standard Webhooks: `<id>.<timestamp>.<body>`, signatures as `v1,<base64>` separated by spaces. */
function standardFailure({ secret }: Verification, { headers, body }: SignedRequest, nowMs: number): string | null {
  const family = standardFamily(headers);
  const [id, timestamp, given] = ['id', 'timestamp', 'signature'].map((name) => headers[`${family}-${name}`]);
  if (!id || !timestamp || !given) return 'webhook-id, webhook-timestamp and webhook-signature are needed';
  const late = timestampFailure(timestamp, nowMs);
  if (late !== null) return late;
  const signatures = given.split(' ').filter((one) => one !== '');
  const digests = standardKeys(secret).map((key) =>
    createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64'),
  );
  return signaturesFailure(signatures, (one) => digests.some((digest) => isSame(one, `v1,${digest}`)));
}

/** A secret that was pasted without `whsec_` may be the base64 behind it, or the key itself: senders do both. */
function standardKeys(secret: string): Buffer[] {
  const key = standardKey(secret);
  return BASE64_SECRET.test(secret) ? [key, Buffer.from(secret, 'base64')] : [key];
}

/** Stripe's form: `t=<seconds>,v1=<hex>`, over `<t>.<body>`. */
function timestampedFailure({ header, secret }: Verification, { headers, body }: SignedRequest, nowMs: number): string | null {
  const given = headers[header!.toLowerCase()];
  if (!given) return `${header} is needed`;
  const parts = given.split(',').map((part) => part.trim());
  const [timestamp, ...others] = valuesOf('t=', parts);
  if (timestamp === undefined || others.length > 0) return `${header} must have one t=<seconds>`;
  const late = timestampFailure(timestamp, nowMs);
  if (late !== null) return late;
  const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return signaturesFailure(valuesOf('v1=', parts), (one) => isSameHex(one, digest));
}

/** Signatures of the body alone: hex, `sha256=` and hex, or base64; several separated by commas or spaces. */
function bodyFailure({ scheme, header, secret }: Verification, { headers, body }: SignedRequest): string | null {
  const given = headers[header!.toLowerCase()];
  if (!given) return `${header} is needed`;
  const signatures = given.split(/[\s,]+/).filter((one) => one !== '');
  const hmac = createHmac('sha256', secret).update(body);
  if (scheme === 'base64') {
    const digest = hmac.digest('base64');
    return signaturesFailure(signatures, (one) => isSame(one, digest));
  }
  const digest = hmac.digest('hex');
  return signaturesFailure(scheme === 'hex' ? signatures : valuesOf('sha256=', signatures), (one) => isSameHex(one, digest));
}

function timestampFailure(text: string, nowMs: number): string | null {
  if (!/^\d{1,12}$/.test(text)) return 'the timestamp must be whole seconds since 1970';
  const isNear = Math.abs(nowMs / 1000 - Number(text)) <= TOLERANCE_SECONDS;
  return isNear ? null : `the timestamp is more than ${TOLERANCE_SECONDS} s from the present time`;
}

function signaturesFailure(signatures: string[], isRight: (signature: string) => boolean): string | null {
  if (signatures.length > SIGNATURES_MAX) return `more than ${SIGNATURES_MAX} signatures`;
  return signatures.some(isRight) ? null : 'no signature matches the body and the secret';
}

function valuesOf(prefix: string, parts: string[]): string[] {
  return parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length));
}

function isSameHex(given: string, digest: string): boolean {
  return isSame(given.toLowerCase(), digest);
}

function isSame(given: string, digest: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(digest)];
  return a.length === b.length && timingSafeEqual(a, b);
}
