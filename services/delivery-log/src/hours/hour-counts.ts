import { add } from './histogram.js';

/** Stands for a webhook's id in the rows that add up a whole account. */
export const WHOLE_ACCOUNT = '';

/** Ends and attempts of an hour. */
export interface HourCounts {
  succeeded: number;
  failed: number;
  cancelled: number;
  attempts: number;
  attemptsFailed: number;
  /** A histogram. */
  responseTimes: number[];
}

/** How a webhook's last attempts went. */
export interface FailureRun {
  lastSuccessAtMs: number | null;
  /** Failed attempts since the last success; null for none. */
  failing: {
    sinceMs: number;
    lastAtMs: number;
    /** Result of the last attempt: `503`, `timeout`. */
    withAnswer: string;
    /** Other attempts of the run had other results. */
    isMixed: boolean;
  } | null;
}

export function noCounts(): HourCounts {
  return { succeeded: 0, failed: 0, cancelled: 0, attempts: 0, attemptsFailed: 0, responseTimes: [] };
}

export function addCounts(to: HourCounts, row: HourCounts): void {
  to.succeeded += row.succeeded;
  to.failed += row.failed;
  to.cancelled += row.cancelled;
  to.attempts += row.attempts;
  to.attemptsFailed += row.attemptsFailed;
  add(to.responseTimes, row.responseTimes);
}
