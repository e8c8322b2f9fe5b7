import type { WebhookHealth } from '#libs/contracts/src/webhook-health';

/** What becomes of an active webhook. */
export interface StatusDecision {
  status: 'paused' | 'disabled';
  statusReason: 'failures' | 'gone';
}

/** Decides by a webhook's own setting; null: it goes on. A receiver that answered 410 wants no more, whatever the setting. */
export function afterFailures(
  health: Pick<WebhookHealth, 'consecutiveFailures' | 'isGone'>,
  autoPause: { afterFailures: number; action: 'pause' | 'disable' } | null,
): StatusDecision | null {
  if (health.isGone) return { status: 'disabled', statusReason: 'gone' };
  if (autoPause === null || health.consecutiveFailures < autoPause.afterFailures) return null;
  return { status: autoPause.action === 'pause' ? 'paused' : 'disabled', statusReason: 'failures' };
}
