import type { RequiredValue } from '#libs/matching/src/required-values';
import { scalarKey, type ScalarKey } from '#libs/matching/src/values';

/**
 * The subscribers of one pattern that has many. A subscriber whose filter requires a value is found by that value, so an
 * event meets only filters that could let it through. The others are always found.
 */
export class Subscribers<T extends { readonly cameAs: number }> {
  private readonly others: T[] = [];
  private readonly byPath = new Map<string, Map<ScalarKey, T[]>>();

  get isEmpty(): boolean {
    return this.others.length === 0 && this.byPath.size === 0;
  }

  /** Indexes a subscriber by the required value that the fewest others share, which tells most: `pipeline`, not `currency`. */
  add(subscriber: T, required: RequiredValue[]): void {
    let [by] = required;
    for (const one of required) if (this.sharing(one) < this.sharing(by!)) by = one;
    if (by === undefined) {
      this.others.push(subscriber);
      return;
    }
    let lists = this.byPath.get(by.path);
    if (!lists) this.byPath.set(by.path, (lists = new Map()));
    for (const key of by.keys) {
      const list = lists.get(key);
      if (list) list.push(subscriber);
      else lists.set(key, [subscriber]);
    }
  }

  remove(subscriber: T, required: RequiredValue[]): void {
    if (required.length === 0) cut(this.others, subscriber);
    for (const { path, keys } of required) {
      const lists = this.byPath.get(path);
      for (const key of keys) {
        const list = lists?.get(key);
        if (list && cut(list, subscriber) && list.length === 0) lists!.delete(key);
      }
      if (lists?.size === 0) this.byPath.delete(path);
    }
  }

  /** Finds the subscribers that may want an event, in order of arrival. `valueOf` reads the event at a path. */
  findSubscribers(valueOf: (path: string) => unknown): readonly T[] {
    if (this.byPath.size === 0) return this.others;
    let found = this.others;
    for (const [path, lists] of this.byPath) {
      const key = scalarKey(valueOf(path));
      const list = key === undefined ? undefined : lists.get(key);
      if (list) found = found.concat(list);
    }
    return found === this.others ? found : found.sort((a, b) => a.cameAs - b.cameAs);
  }

  private sharing({ path, keys }: RequiredValue): number {
    const lists = this.byPath.get(path);
    return keys.reduce<number>((sum, key) => sum + (lists?.get(key)?.length ?? 0), 0);
  }
}

/** Removes `one`, and tells whether it was there. */
function cut<T>(list: T[], one: T): boolean {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
