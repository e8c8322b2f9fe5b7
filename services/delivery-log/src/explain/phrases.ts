import type { StatusReason } from '#libs/contracts/src/webhook-history';

/** `2026-03-21 14:30:00 UTC`. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Says why a webhook was paused or disabled. */
export function because(reason: StatusReason | null): string {
  switch (reason) {
    case 'gone':
      return 'because its receiver answered 410 Gone';
    case 'failures':
      return 'after repeated failures';
    default:
      return 'by a user';
  }
}
