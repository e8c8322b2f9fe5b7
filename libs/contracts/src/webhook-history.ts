import type { Filter } from './filter.js';
import type { WebhookStatus } from './webhook-state.js';

/**
 * Uncertainty after a change, ms. A change is in force a moment after it is recorded, and clocks differ. An event within this
 * time after a change may have met the state before it.
 */
export const MOMENT_OF_CHANGE_MS = 5_000;

/** Why a webhook is not active. */
export type StatusReason = 'by_user' | 'failures' | 'gone';

/** The part of a webhook's state from `atMs` on that matters for matching. */
export interface PastState {
  atMs: number;
  /** Event types and patterns. */
  events: string[];
  filter: Filter | null;
  status: WebhookStatus;
  statusReason: StatusReason | null;
  /** Start of this status for this reason, ms; may be earlier than this state. */
  statusSinceMs: number;
  isDeleted: boolean;
}

/** A webhook's state at a given time, and every change since, as subscriptions has recorded them. */
export interface WebhookHistory {
  id: string;
  name: string;
  /** The webhook gets only events stored after this time, ms. */
  activeSinceMs: number;
  /** Oldest first. */
  states: PastState[];
}

/** Changes of a webhook that its receiver may notice. `old_secret`: the secret before the last rotation stopped signing. */
export type ReceiverChange = 'url' | 'headers' | 'secret' | 'old_secret' | 'method' | 'content_type';

/** Status and recent changes of a webhook, which explain its health. */
export interface WebhookCondition {
  status: WebhookStatus;
  statusReason: StatusReason | null;
  /** Start of this status for this reason, ms. */
  statusSinceMs: number;
  /** The latest changes, newest first. */
  changes: { what: ReceiverChange; atMs: number }[];
}
