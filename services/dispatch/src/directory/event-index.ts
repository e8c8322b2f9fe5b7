import { patternsOf } from '#libs/matching/src/event-pattern';

/** Something that subscribes to event types and patterns of one account. */
export interface Subscriber {
  readonly accountId: string;
  readonly patterns: readonly string[];
}

/**
 * Who subscribes to a type: one map lookup for each pattern that could match it, at most nine, however many webhooks
 * there are. A pattern's subscribers are in the order in which they came.
 */
export class EventIndex<T extends Subscriber> {
  private readonly accounts = new Map<string, Map<string, T[]>>();

  add(subscriber: T): void {
    let patterns = this.accounts.get(subscriber.accountId);
    if (!patterns) this.accounts.set(subscriber.accountId, (patterns = new Map()));
    for (const pattern of subscriber.patterns) {
      const subscribers = patterns.get(pattern);
      if (subscribers) subscribers.push(subscriber);
      else patterns.set(pattern, [subscriber]);
    }
  }

  remove(subscriber: T): void {
    const patterns = this.accounts.get(subscriber.accountId);
    if (!patterns) return;
    for (const pattern of subscriber.patterns) {
      const subscribers = patterns.get(pattern);
      const at = subscribers?.indexOf(subscriber) ?? -1;
      if (at >= 0) subscribers!.splice(at, 1);
      if (subscribers?.length === 0) patterns.delete(pattern);
    }
    if (patterns.size === 0) this.accounts.delete(subscriber.accountId);
  }

  /** Each subscriber once, also when several of its patterns match. */
  find(accountId: string, type: string): Iterable<T> {
    const patterns = this.accounts.get(accountId);
    if (!patterns) return [];
    let only: T[] | null = null;
    let several: Set<T> | null = null;
    for (const pattern of patternsOf(type)) {
      const subscribers = patterns.get(pattern);
      if (!subscribers) continue;
      if (only === null) only = subscribers;
      else {
        several ??= new Set(only);
        for (const subscriber of subscribers) several.add(subscriber);
      }
    }
    return several ?? only ?? [];
  }
}
