/**
 * For how many days the log may show what came of an account's events. It is decided when the event is accepted, and travels with
 * it: whatever is told of an event later is kept with it. The streams keep 32 days, so a rebuild can tell no more.
 */
export const LOG_DAYS = [1, 7, 14, 30] as const;
export type LogDays = (typeof LOG_DAYS)[number];

/** What an account has that says nothing else. */
export const LOG_DAYS_MAX = 30;

/** The days as a message says them: undefined, which takes no bytes, for the most. */
export function saidLogDays(logDays: LogDays): LogDays | undefined {
  return logDays === LOG_DAYS_MAX ? undefined : logDays;
}

/** What a message, or its header, says. What it leaves out, or nobody knows, is kept longest. */
export function logDaysIn(said: LogDays | string | null | undefined): LogDays {
  return LOG_DAYS.find((days) => days === Number(said)) ?? LOG_DAYS_MAX;
}
