import { profiles } from '#libs/profiles/src/profiles';

const HEADERS_MAX = 20;
const BYTES_MAX = 8 * 1024;
const VALUE_MAX = 4_096;
/** An ASCII token (RFC 9110), tested before lower-casing: some letters become ASCII by it. */
const NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,128}$/;
const VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Why a name is refused, and the names; those that end in a hyphen are beginnings. */
const REFUSED: [why: string, names: string[]][] = [
  ['cannot be set: it decides how the request is framed or read', [
    'host', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive', 'proxy-', 'te',
    'trailer', 'upgrade', 'http2-settings', 'expect', 'accept-encoding', 'range', 'date', 'max-forwards', 'via',
    'x-http-method-override', 'x-original-url', 'x-rewrite-url', 'set-cookie', '__proto__', 'constructor', 'prototype',
  ]],
  ['cannot be set: receivers take it for the address or the way that a proxy has seen', [
    'forwarded', 'x-forwarded-', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'cf-connecting-ipv6', 'cf-ipcountry', 'cf-ray',
    'cf-visitor', 'cf-worker',
  ]],
  ['cannot be set: Tidings sends it itself', [
    'user-agent', 'traceparent', 'tracestate', 'idempotency-key', 'webhook-', 'svix-', 'x-webhook-id', 'x-webhook-timestamp',
    'x-webhook-signature', ...[...profiles.values()].flatMap(({ signatureHeader }) => signatureHeader?.toLowerCase() ?? []),
  ]],
  ["cannot be set: it opens a cloud's metadata service", [
    'metadata', 'metadata-flavor', 'x-google-metadata-request', 'x-aws-ec2-metadata-',
  ]],
]; // prettier-ignore
const REASONS = new Map(REFUSED.flatMap(([why, names]) => names.map((name) => [name, why] as const)));
const BEGINNINGS = [...REASONS].filter(([name]) => name.endsWith('-'));

/** A mistake in one header of a set; `name` is empty when it concerns all of them. */
export interface HeaderProblem {
  name: string;
  detail: string;
}

/** Checks a webhook's custom headers as they are saved. */
export function headerProblems(headers: Record<string, string>): HeaderProblem[] {
  const problems: HeaderProblem[] = [];
  const names = Object.keys(headers);
  if (names.length > HEADERS_MAX) problems.push({ name: '', detail: `must have at most ${HEADERS_MAX} headers` });
  const size = names.reduce((sum, name) => sum + bytesOf(name, String(headers[name])), 0);
  if (size > BYTES_MAX) problems.push({ name: '', detail: `must have at most ${BYTES_MAX / 1024} KiB altogether` });
  const seen = new Set<string>();
  for (const name of names) {
    const detail = nameProblem(name) ?? valueProblem(headers[name]) ?? (seen.has(name.toLowerCase()) ? 'is given twice' : null);
    if (detail !== null) problems.push({ name, detail });
    seen.add(name.toLowerCase());
  }
  return problems;
}

/** Drops stored headers that the same rules refuse. */
export function sendableHeaders(headers: Record<string, string>): Record<string, string> {
  const seen = new Set<string>();
  let size = 0;
  const sendable = Object.entries(headers).filter(([name, value]) => {
    if (nameProblem(name) !== null || valueProblem(value) !== null || seen.has(name.toLowerCase())) return false;
    if (seen.size === HEADERS_MAX || size + bytesOf(name, value) > BYTES_MAX) return false;
    seen.add(name.toLowerCase());
    size += bytesOf(name, value);
    return true;
  });
  return Object.fromEntries(sendable);
}

/** Size on the wire, with the colon, the space and the end of the line, bytes. */
function bytesOf(name: string, value: string): number {
  return name.length + value.length + 4;
}

function nameProblem(name: string): string | null {
  if (!NAME.test(name)) return 'is not a header name: letters, digits and hyphens';
  const lower = name.toLowerCase();
  return REASONS.get(lower) ?? BEGINNINGS.find(([beginning]) => lower.startsWith(beginning))?.[1] ?? null;
}

function valueProblem(value: unknown): string | null {
  if (typeof value !== 'string' || !VALUE.test(value)) return 'must have a value of visible ASCII characters';
  return value.length > VALUE_MAX ? `must have a value of at most ${VALUE_MAX} characters` : null;
}
