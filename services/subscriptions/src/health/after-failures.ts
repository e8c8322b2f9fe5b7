import type { WebhookHealth } from '#libs/contracts/src/webhook-health';

export interface AutoPause {
  afterFailures: number;
  action: 'pause' | 'disable';
  /** Paused by failures, one delivery is sent from time to time to see whether the receiver answers again. */
  isProbed: boolean;
}

/** What becomes of an active webhook. */
export interface StatusDecision {
  status: 'paused' | 'disabled';
  statusReason: 'failures' | 'gone';
}

/** Decides by a webhook's own setting; null: it goes on. A receiver that answered 410 wants no more, whatever the setting. */
export function afterFailures(
  health: Pick<WebhookHealth, 'consecutiveFailures' | 'isGone'>,
  autoPause: AutoPause | null,
): StatusDecision | null {
  if (health.isGone) return { status: 'disabled', statusReason: 'gone' };
  if (autoPause === null || health.consecutiveFailures < autoPause.afterFailures) return null;
  return { status: autoPause.action === 'pause' ? 'paused' : 'disabled', statusReason: 'failures' };
}

const WARN_AT = [0.5, 0.7, 0.9];

/** How many failures in a row are worth a warning, of those that have happened: at 50, 70 and 90 % of what pauses the webhook. */
export function warningsAt(consecutiveFailures: number, autoPause: AutoPause | null): number[] {
  if (autoPause === null) return [];
  const { afterFailures: limit } = autoPause;
  const counts = new Set(WARN_AT.map((share) => Math.ceil(limit * share)));
  return [...counts].filter((count) => count < limit && count <= consecutiveFailures);
}
