import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { changedPaths } from '#libs/matching/src/changed';

/** The paths that an account's filters use with `changed`. Most accounts have none and cost nothing. */
export class ChangedPaths {
  /** The number of conditions on each path, by account. */
  private readonly counts = new Map<string, Map<string, number>>();

  add({ accountId, filter }: WebhookState): void {
    if (filter === null) return;
    for (const path of changedPaths(filter)) {
      let counts = this.counts.get(accountId);
      if (!counts) this.counts.set(accountId, (counts = new Map()));
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }

  remove({ accountId, filter }: WebhookState): void {
    const counts = this.counts.get(accountId);
    if (!counts || filter === null) return;
    for (const path of changedPaths(filter)) {
      const left = counts.get(path)! - 1;
      if (left > 0) counts.set(path, left);
      else counts.delete(path);
    }
    if (counts.size === 0) this.counts.delete(accountId);
  }

  accountIds(): string[] {
    return [...this.counts.keys()];
  }

  /** Null for an account that has none. */
  of(accountId: string): Iterable<string> | null {
    return this.counts.get(accountId)?.keys() ?? null;
  }
}
