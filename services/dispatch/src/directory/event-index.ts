import { patternsOf } from '#libs/matching/src/event-pattern';
import type { RequiredValue } from '#libs/matching/src/required-values';
import { Subscribers } from './subscribers.js';

/** A subscriber to event types and patterns of one account. */
export interface Subscriber {
  readonly accountId: string;
  readonly patterns: readonly string[];
  /** The last search that found it: a subscriber comes once, even when several of its patterns match. */
  foundBy: number;
  /** Its position in the order of arrival. */
  cameAs: number;
}

/** Most patterns have few subscribers: a list of the exact length takes the least room, and all are looked at. */
const FEW = 16;
const TYPES_MAX = 10_000;

/**
 * Finds subscribers that may want an event. A search costs one map lookup for each pattern that could match the type, at
 * most nine, however many webhooks there are. A pattern with many subscribers costs one more lookup for each path at which
 * their filters require a value. A pattern's subscribers keep their order of arrival.
 */
export class EventIndex<T extends Subscriber> {
  private arrivals = 0;
  private searches = 0;
  /** The patterns of each type that came: there are few types, which come again and again. */
  private readonly patterns = new Map<string, string[]>();
  private readonly accounts = new Map<string, Map<string, readonly T[] | Subscribers<T>>>();

  /** `requiredBy` lists the required values of a subscriber's filter. An event needs one key of each. */
  constructor(private readonly requiredBy: (subscriber: T) => RequiredValue[]) {}

  add(subscriber: T): void {
    let patterns = this.accounts.get(subscriber.accountId);
    if (!patterns) this.accounts.set(subscriber.accountId, (patterns = new Map()));
    subscriber.cameAs = this.arrivals++;
    for (const pattern of subscriber.patterns) {
      const known = patterns.get(pattern);
      if (known === undefined) {
        patterns.set(pattern, [subscriber]);
      } else if (known instanceof Subscribers) {
        known.add(subscriber, this.requiredBy(subscriber));
      } else if (known.length < FEW) {
        patterns.set(pattern, [...known, subscriber]);
      } else {
        const many = new Subscribers<T>();
        for (const one of [...known, subscriber]) many.add(one, this.requiredBy(one));
        patterns.set(pattern, many);
      }
    }
  }

  remove(subscriber: T): void {
    const patterns = this.accounts.get(subscriber.accountId);
    if (!patterns) return;
    for (const pattern of subscriber.patterns) {
      const known = patterns.get(pattern) ?? [];
      if (known instanceof Subscribers) {
        known.remove(subscriber, this.requiredBy(subscriber));
        if (known.isEmpty) patterns.delete(pattern);
      } else {
        const left = known.filter((one) => one !== subscriber);
        if (left.length > 0) patterns.set(pattern, left);
        else patterns.delete(pattern);
      }
    }
    if (patterns.size === 0) this.accounts.delete(subscriber.accountId);
  }

  /** Finds each subscriber once, even when several of its patterns match. `valueOf` reads the event at a path. */
  findSubscribers(accountId: string, type: string, valueOf: (path: string) => unknown): readonly T[] {
    const patterns = this.accounts.get(accountId);
    if (!patterns) return [];
    const search = ++this.searches;
    const found: T[] = [];
    for (const pattern of this.patternsOf(type)) {
      const known = patterns.get(pattern);
      if (known === undefined) continue;
      for (const subscriber of known instanceof Subscribers ? known.findSubscribers(valueOf) : known) {
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
