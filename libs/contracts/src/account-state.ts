import type { LogDays } from './log-days.js';

/** An account as the other services know it: `account.<p>.<account>` in WEBHOOKS, the last message wins. */
export interface AccountState {
  v: 1;
  id: string;
  /** Grows with every change; an older revision never takes the place of a newer one. */
  revision: number;
  profile: string;
  deleted: boolean;
  /** The account's own event types; the profile's catalog is known from libs/profiles. */
  eventTypes: { name: string; schema: object | null }[];
  /** What happens to an event whose data does not fit its type's JSON Schema. */
  schemaMode: 'off' | 'warn' | 'reject';
  /** How long the log shows what is accepted from now on; states from before there was a choice have none. */
  logDays?: LogDays;
}
