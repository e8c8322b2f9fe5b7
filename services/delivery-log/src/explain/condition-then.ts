import { MOMENT_OF_CHANGE_MS, type PastState, type StatusReason, type WebhookHistory } from '#libs/contracts/src/webhook-history';

export interface Pause {
  fromMs: number;
  /** Null while the pause goes on. */
  toMs: number | null;
  reason: StatusReason | null;
}

/** Returns the webhook's state at a time; null when it is unknown. */
export function stateAt({ states }: WebhookHistory, atMs: number): PastState | null {
  return (
    states.findLast((state) => state.atMs <= atMs) ?? states.find((state) => state.atMs <= atMs + MOMENT_OF_CHANGE_MS) ?? null
  );
}

/** Returns the pause that held a delivery at a time; null when it is unknown. */
export function pauseAt({ states }: WebhookHistory, atMs: number): Pause | null {
  const pauses = states.filter(isPaused).map((paused): Pause => {
    const { statusSinceMs: fromMs, statusReason: reason } = paused;
    const after = states.slice(states.indexOf(paused)).find((state) => !isPaused(state) || state.statusSinceMs !== fromMs);
    return { fromMs, toMs: after?.atMs ?? null, reason };
  });
  const [earliestMs, latestMs] = [atMs - MOMENT_OF_CHANGE_MS, atMs + MOMENT_OF_CHANGE_MS];
  return pauses.findLast(({ fromMs, toMs }) => fromMs <= latestMs && (toMs ?? Infinity) >= earliestMs) ?? null;
}

/** Returns the time since which a webhook was disabled, ms; null when it is unknown. */
export function disabledSince({ states }: WebhookHistory, atMs: number): number | null {
  return states.filter(isDisabled).findLast((state) => state.atMs <= atMs + MOMENT_OF_CHANGE_MS)?.statusSinceMs ?? null;
}

/** Returns the time at which a 410 answer disabled the webhook, ms; null when it has not done so yet. */
export function disabledAfter({ states }: WebhookHistory, atMs: number): number | null {
  const gone = states.filter((state) => isDisabled(state) && state.statusReason === 'gone');
  return gone.find((state) => state.statusSinceMs >= atMs - MOMENT_OF_CHANGE_MS)?.statusSinceMs ?? null;
}

export function deletedAt({ states }: WebhookHistory): number | null {
  return states.find(({ isDeleted }) => isDeleted)?.atMs ?? null;
}

function isPaused({ status, isDeleted }: PastState): boolean {
  return status === 'paused' && !isDeleted;
}

function isDisabled({ status, isDeleted }: PastState): boolean {
  return status === 'disabled' && !isDeleted;
}
