import type { Filter } from './filter.js';
import type { WebhookStatus } from './webhook-state.js';

/**
 * A change is in force a moment after it is noted, and the clocks of those who note things differ: what falls into this time
 * after a change may have met what was before it, ms.
 */
export const MOMENT_OF_CHANGE_MS = 5_000;

/** Why a webhook is not active. */
export type StatusReason = 'by_user' | 'failures' | 'gone';

/** What a webhook was from `atMs` on, as far as matching goes. */
export interface PastState {
  atMs: number;
  /** Event types and patterns. */
  events: string[];
  filter: Filter | null;
  status: WebhookStatus;
  statusReason: StatusReason | null;
  /** Since when it has had this status for this reason, ms: perhaps before this state. */
  statusSinceMs: number;
  isDeleted: boolean;
}

/** A webhook through time, as subscriptions remembers it: what it was at the asked time, and every change since. */
export interface WebhookHistory {
  id: string;
  name: string;
  /** It gets only events stored after this, ms. */
  activeSinceMs: number;
  /** Oldest first. */
  states: PastState[];
}

/** What of a webhook may change how its receiver answers. `old_secret`: the secret before the last rotation signs no more. */
export type ReceiverChange = 'url' | 'headers' | 'secret' | 'old_secret' | 'method' | 'content_type';

/** What subscriptions knows of a webhook that bears on how it does. */
export interface WebhookCondition {
  status: WebhookStatus;
  statusReason: StatusReason | null;
  /** Since when it has this status for this reason, ms. */
  statusSinceMs: number;
  /** The last ones, newest first. */
  changes: { what: ReceiverChange; atMs: number }[];
}
