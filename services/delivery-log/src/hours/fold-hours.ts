import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { HOUR_MS } from '#libs/contracts/src/time';
import { count } from './histogram.js';
import { addCounts, noCounts, WHOLE_ACCOUNT, type HourCounts } from './hour-counts.js';

/** Counts that a batch of facts adds to a row of `webhook_hours`. */
export interface HourOfWebhook extends HourCounts {
  accountId: string;
  webhookId: string;
  hourMs: number;
  lastSuccessAtMs: number | null;
  /** First failed attempt since the last success; null for none. */
  failingSinceMs: number | null;
  lastFailureAtMs: number | null;
  /** Result of the last failed attempt. */
  failingWith: string | null;
  /** Not all failed attempts had the same result. */
  isMixed: boolean;
}

/**
 * Adds facts up by account, webhook and the hour of the fact. Tests are left out. Counts depend on nothing but the facts, so
 * reading FACTS again makes the same rows:
 * - `succeeded`, `failed`, `cancelled`: ends of deliveries, in the hour of the end. A delivery that a person retries ends again.
 * - `attempts` and, of these, `attempts_failed`: requests, in the hour of the answer or time-out.
 * - `responseTimes`: times of answered attempts, with any status. A time-out is no answer.
 */
export function foldHours(facts: Iterable<DeliveryFact>): HourOfWebhook[] {
  const hours = new Map<number, Map<string, HourOfWebhook>>();
  for (const fact of facts) {
    if (fact.kind === 'held' || fact.kind === 'retry_waiting' || isTest(fact)) continue;
    const hour = hourOf(hours, fact.atMs - (fact.atMs % HOUR_MS), fact.accountId, fact.webhookId);
    if (fact.kind !== 'retry_scheduled') hour[fact.kind]++;
    if ('attempt' in fact && fact.attempt !== null) countAttempt(hour, fact.attempt, fact.kind === 'succeeded', fact.atMs);
  }
  const rows = [...hours.values()].flatMap((webhooks) => [...webhooks.values()]);
  return [...rows, ...accountsOf(rows)];
}

function hourOf(hours: Map<number, Map<string, HourOfWebhook>>, hourMs: number, accountId: string, id: string): HourOfWebhook {
  let webhooks = hours.get(hourMs);
  if (!webhooks) hours.set(hourMs, (webhooks = new Map()));
  let hour = webhooks.get(id);
  if (!hour) webhooks.set(id, (hour = emptyHour(accountId, id, hourMs)));
  return hour;
}

/** Adds the rows of each account up. A run of failures belongs to one webhook, so an account's row has none. */
function accountsOf(rows: HourOfWebhook[]): HourOfWebhook[] {
  const accounts = new Map<string, HourOfWebhook>();
  for (const row of rows) {
    const key = `${row.accountId} ${row.hourMs}`;
    let account = accounts.get(key);
    if (!account) accounts.set(key, (account = emptyHour(row.accountId, WHOLE_ACCOUNT, row.hourMs)));
    addCounts(account, row);
  }
  return [...accounts.values()];
}

/** Result of an attempt in one word: `503`, `timeout`, `connection_refused`. */
export function answerOf({ statusCode, error }: Pick<AttemptRecord, 'statusCode' | 'error'>): string {
  return error?.split(':')[0] ?? String(statusCode);
}

function countAttempt(hour: HourOfWebhook, attempt: AttemptRecord, isSuccess: boolean, atMs: number): void {
  hour.attempts++;
  if (attempt.error === null) count(hour.responseTimes, attempt.responseTimeMs);
  if (!isSuccess) hour.attemptsFailed++;
  if (isSuccess) {
    hour.lastSuccessAtMs = atMs;
    Object.assign(hour, NOT_FAILING);
    return;
  }
  const answer = answerOf(attempt);
  hour.isMixed ||= hour.failingWith !== null && hour.failingWith !== answer;
  hour.failingSinceMs ??= atMs;
  hour.lastFailureAtMs = atMs;
  hour.failingWith = answer;
}

const NOT_FAILING = { failingSinceMs: null, lastFailureAtMs: null, failingWith: null, isMixed: false };

function isTest(fact: DeliveryFact): boolean {
  return 'attempt' in fact && fact.attempt?.trigger === 'test';
}

function emptyHour(accountId: string, webhookId: string, hourMs: number): HourOfWebhook {
  return { accountId, webhookId, hourMs, ...noCounts(), lastSuccessAtMs: null, ...NOT_FAILING };
}
