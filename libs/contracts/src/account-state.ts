import type { LogDays } from './log-days.js';

/** An account as the other services know it: `account.<p>.<account>` in WEBHOOKS. The last message wins. */
export interface AccountState {
  v: 1;
  id: string;
  /** Grows with every change. An older revision never replaces a newer one. */
  revision: number;
  profile: string;
  deleted: boolean;
  /** The account's own event types. The profile's catalog is in libs/profiles. */
  eventTypes: { name: string; schema: object | null }[];
  /** Treatment of an event whose data does not fit its type's JSON Schema. */
  schemaMode: 'off' | 'warn' | 'reject';
  /** Log retention of events accepted from now on; states of older versions have none. */
  logDays?: LogDays;
}
