import { MOMENT_OF_CHANGE_MS, type PastState, type StatusReason, type WebhookHistory } from '#libs/contracts/src/webhook-history';

export interface Pause {
  fromMs: number;
  /** Null: it goes on. */
  toMs: number | null;
  reason: StatusReason | null;
}

/** What the webhook was at a time; null when that is no longer known. */
export function stateAt({ states }: WebhookHistory, atMs: number): PastState | null {
  return (
    states.findLast((state) => state.atMs <= atMs) ?? states.find((state) => state.atMs <= atMs + MOMENT_OF_CHANGE_MS) ?? null
  );
}

/** The pause that something was held in; null when it is not known. */
export function pauseAt({ states }: WebhookHistory, atMs: number): Pause | null {
  const pauses = states.filter(isPaused).map((paused): Pause => {
    const { statusSinceMs: fromMs, statusReason: reason } = paused;
    const after = states.slice(states.indexOf(paused)).find((state) => !isPaused(state) || state.statusSinceMs !== fromMs);
    return { fromMs, toMs: after?.atMs ?? null, reason };
  });
  const [earliestMs, latestMs] = [atMs - MOMENT_OF_CHANGE_MS, atMs + MOMENT_OF_CHANGE_MS];
  return pauses.findLast(({ fromMs, toMs }) => fromMs <= latestMs && (toMs ?? Infinity) >= earliestMs) ?? null;
}

/** Since when the webhook, disabled at a time, was so; null when it is not known. */
export function disabledSince({ states }: WebhookHistory, atMs: number): number | null {
  return states.filter(isDisabled).findLast((state) => state.atMs <= atMs + MOMENT_OF_CHANGE_MS)?.statusSinceMs ?? null;
}

/** When an answer of 410 disabled the webhook; null: not yet. */
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
