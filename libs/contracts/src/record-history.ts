import { createHash } from 'node:crypto';
import { partitionOf } from './subjects.js';

/**
 * A record's earlier values, with which filters that say `changed` compare: KV bucket `records`, key
 * `<p>.<account>.<fingerprint of the record's key>`. Dispatch writes and reads it. It holds fingerprints, no customers' data.
 */
export interface RecordHistory {
  v: 1;
  /** By path, the events that changed its value, oldest first: sequence in EVENTS and fingerprint of the value. */
  values: Record<string, [seq: number, fingerprint: string][]>;
}

export const RECORDS_BUCKET = 'records';

export const recordKey = (accountId: string, key: string): string =>
  `${partitionOf(accountId)}.${accountId}.${valueFingerprint(key)}`;

/** 96 bits of SHA-256, fit for a subject's token. Values that are equal as JSON, members in any order, have the same one. */
export function valueFingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('base64url').slice(0, 16);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
