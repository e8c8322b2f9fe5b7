import { MOMENT_OF_CHANGE_MS, type PastForm, type StatusReason, type WebhookHistory } from '#libs/contracts/src/webhook-history';

export interface Pause {
  fromMs: number;
  /** Null: it goes on. */
  toMs: number | null;
  reason: StatusReason | null;
}

/** What the webhook was at a time; null when that is no longer known. */
export function formAt({ forms }: WebhookHistory, atMs: number): PastForm | null {
  return forms.findLast((form) => form.atMs <= atMs) ?? forms.find((form) => form.atMs <= atMs + MOMENT_OF_CHANGE_MS) ?? null;
}

/** The pause that something was held in; null when it is not known. */
export function pauseAt({ forms }: WebhookHistory, atMs: number): Pause | null {
  const pauses = forms.filter(isPaused).map((paused): Pause => {
    const { statusSinceMs: fromMs, statusReason: reason } = paused;
    const after = forms.slice(forms.indexOf(paused)).find((form) => !isPaused(form) || form.statusSinceMs !== fromMs);
    return { fromMs, toMs: after?.atMs ?? null, reason };
  });
  const [earliestMs, latestMs] = [atMs - MOMENT_OF_CHANGE_MS, atMs + MOMENT_OF_CHANGE_MS];
  return pauses.findLast(({ fromMs, toMs }) => fromMs <= latestMs && (toMs ?? Infinity) >= earliestMs) ?? null;
}

/** Since when the webhook, disabled at a time, was so; null when it is not known. */
export function disabledSince({ forms }: WebhookHistory, atMs: number): number | null {
  return forms.filter(isDisabled).findLast((form) => form.atMs <= atMs + MOMENT_OF_CHANGE_MS)?.statusSinceMs ?? null;
}

/** When an answer of 410 disabled the webhook; null: not yet. */
export function disabledAfter({ forms }: WebhookHistory, atMs: number): number | null {
  const gone = forms.filter((form) => isDisabled(form) && form.statusReason === 'gone');
  return gone.find((form) => form.statusSinceMs >= atMs - MOMENT_OF_CHANGE_MS)?.statusSinceMs ?? null;
}

export function deletedAt({ forms }: WebhookHistory): number | null {
  return forms.find(({ isDeleted }) => isDeleted)?.atMs ?? null;
}

function isPaused({ status, isDeleted }: PastForm): boolean {
  return status === 'paused' && !isDeleted;
}

function isDisabled({ status, isDeleted }: PastForm): boolean {
  return status === 'disabled' && !isDeleted;
}
