/**
 * Days that the log may keep an account's events and deliveries. The retention is fixed when the event is accepted and travels
 * with it, so later facts are kept as long. The streams keep 32 days, which bounds a rebuild.
 */
export const LOG_DAYS = [1, 7, 14, 30] as const;
export type LogDays = (typeof LOG_DAYS)[number];

/** The default of an account. */
export const LOG_DAYS_MAX = 30;

/** The days as a message says them: undefined, which takes no bytes, for the longest. */
export function saidLogDays(logDays: LogDays): LogDays | undefined {
  return logDays === LOG_DAYS_MAX ? undefined : logDays;
}

/** Reads the days from a message or its header. An omitted or unknown value means the longest. */
export function logDaysIn(said: LogDays | string | null | undefined): LogDays {
  return LOG_DAYS.find((days) => days === Number(said)) ?? LOG_DAYS_MAX;
}
