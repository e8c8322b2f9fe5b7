import type { WebhookHealth } from '#libs/contracts/src/webhook-health';
import type { AutoPause } from '../state/webhook.row.js';

/** Ends an active webhook. */
export interface StatusDecision {
  status: 'paused' | 'disabled';
  statusReason: 'failures' | 'gone';
}

/**
 * Decides by the webhook's own setting: so many failures in a row, which span at least a minute where it is more than one.
 * A 410 disables it whatever the setting. Null: it stays active.
 */
export function afterFailures(
  health: Pick<WebhookHealth, 'consecutiveFailures' | 'isLasting' | 'isGone'>,
  autoPause: AutoPause | null,
): StatusDecision | null {
  if (health.isGone) return { status: 'disabled', statusReason: 'gone' };
  if (autoPause === null || health.consecutiveFailures < autoPause.afterFailures) return null;
  if (autoPause.afterFailures > 1 && !health.isLasting) return null;
  return { status: autoPause.action === 'pause' ? 'paused' : 'disabled', statusReason: 'failures' };
}

const WARN_AT = [0.5, 0.7, 0.9];

/** Counts of failures in a row that warrant a warning, up to now: 50, 70 and 90 % of the count that pauses the webhook. */
export function warningsAt(consecutiveFailures: number, autoPause: AutoPause | null): number[] {
  if (autoPause === null) return [];
  const { afterFailures: limit } = autoPause;
  const counts = new Set(WARN_AT.map((share) => Math.ceil(limit * share)));
  return [...counts].filter((count) => count < limit && count <= consecutiveFailures);
}
