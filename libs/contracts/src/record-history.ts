import { createHash } from 'node:crypto';
import { partitionOf } from './subjects.js';

/**
 * What filters that say `changed` compare with: the values that a record had, in the KV bucket `records` under
 * `<p>.<account>.<fingerprint of the record's key>`. Written and read by dispatch. Of customers' data it holds fingerprints only.
 */
export interface RecordHistory {
  v: 1;
  /** By path, the events that changed its value, oldest first: the event's sequence in EVENTS, the fingerprint of its value. */
  values: Record<string, [seq: number, fingerprint: string][]>;
}

export const RECORDS_BUCKET = 'records';

export const recordKey = (accountId: string, key: string): string => `${partitionOf(accountId)}.${accountId}.${fingerprint(key)}`;

/** 96 bits of SHA-256, fit for a subject's token: values that are equal as JSON, members in any order, have the same. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('base64url').slice(0, 16);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
