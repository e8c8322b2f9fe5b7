import type { AttemptRecord, DeliveryFact } from '#libs/contracts/src/fact';
import { add, count } from '../statistics/histogram.js';

/** Where a webhook's id would be, in the rows that add up a whole account. */
export const WHOLE_ACCOUNT = '';

export const HOUR_MS = 60 * 60_000;

export interface HourCounts {
  succeeded: number;
  failed: number;
  cancelled: number;
  attempts: number;
  attemptsFailed: number;
  /** A histogram. */
  responseTimes: number[];
}

/** What a batch of facts adds to a row of `webhook_hours`. */
export interface HourOfWebhook extends HourCounts {
  accountId: string;
  webhookId: string;
  hourMs: number;
  lastSuccessAtMs: number | null;
  /** The attempts that failed since the last success: the first one, the last one, what came of it, and whether of others came else. */
  failingSinceMs: number | null;
  lastFailureAtMs: number | null;
  failingWith: string | null;
  isMixed: boolean;
}

/**
 * Adds facts up by account, webhook and the hour of the fact; tests are left out. It counts what a fact says and nothing else,
 * so that reading FACTS again makes the same rows:
 * - `succeeded`, `failed`, `cancelled`: each end of a delivery, in the hour when it ended. One that a person lets try again
 *   after its end ends once more.
 * - `attempts`, and `attempts_failed` of them: requests, in the hour when the answer or the time-out was there.
 * - `responseTimes`: of the attempts that were answered, with whatever status. A time-out is no answer.
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

/** Adds what is counted; of a run of failures only one webhook can tell. */
export function addCounts(to: HourCounts, row: HourCounts): void {
  to.succeeded += row.succeeded;
  to.failed += row.failed;
  to.cancelled += row.cancelled;
  to.attempts += row.attempts;
  to.attemptsFailed += row.attemptsFailed;
  add(to.responseTimes, row.responseTimes);
}

/** The receiver's answer in a word: `503`, `timeout`, `connection_refused`. */
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

export function noCounts(): HourCounts {
  return { succeeded: 0, failed: 0, cancelled: 0, attempts: 0, attemptsFailed: 0, responseTimes: [] };
}
