import { patternsOf } from '#libs/matching/src/event-pattern';

/** Something that subscribes to event types and patterns of one account. */
export interface Subscriber {
  readonly accountId: string;
  readonly patterns: readonly string[];
  /** The search that found it last: one comes once, also when several of its patterns match. */
  foundBy: number;
}

/** An array that grows by `push` has room for sixteen more; most patterns of an account have few subscribers. */
const FEW = 16;
const TYPES_MAX = 10_000;

/**
 * Who subscribes to a type: one map lookup for each pattern that could match it, at most nine, however many webhooks
 * there are. A pattern's subscribers are in the order in which they came.
 */
export class EventIndex<T extends Subscriber> {
  private searches = 0;
  /** Of the types that came: the same few, again and again. */
  private readonly patterns = new Map<string, string[]>();
  private readonly accounts = new Map<string, Map<string, T[]>>();

  add(subscriber: T): void {
    let patterns = this.accounts.get(subscriber.accountId);
    if (!patterns) this.accounts.set(subscriber.accountId, (patterns = new Map()));
    for (const pattern of subscriber.patterns) {
      const subscribers = patterns.get(pattern);
      if (subscribers === undefined) patterns.set(pattern, [subscriber]);
      else if (subscribers.length < FEW) patterns.set(pattern, [...subscribers, subscriber]);
      else subscribers.push(subscriber);
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
  find(accountId: string, type: string): readonly T[] {
    const patterns = this.accounts.get(accountId);
    if (!patterns) return [];
    const search = ++this.searches;
    const found: T[] = [];
    for (const pattern of this.patternsOf(type)) {
      for (const subscriber of patterns.get(pattern) ?? []) {
        if (subscriber.foundBy === search) continue;
        subscriber.foundBy = search;
        found.push(subscriber);
      }
    }
    return found;
  }

  private patternsOf(type: string): string[] {
    let patterns = this.patterns.get(type);
    if (!patterns) {
      if (this.patterns.size >= TYPES_MAX) this.patterns.clear();
      this.patterns.set(type, (patterns = patternsOf(type)));
    }
    return patterns;
  }
}
