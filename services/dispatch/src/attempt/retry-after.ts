const SECONDS = /^\d{1,10}(\s*,\s*\d{1,10}){0,9}$/;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Reads `Retry-After`, seconds or an HTTP date (RFC 9110). A header that came twice is a list of seconds, whose longest counts.
 * Returns ms from now, at most a day, or null when it asks for nothing.
 */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const seconds = SECONDS.test(text) ? text.split(',').map(Number) : null;
  const askedMs = seconds ? Math.max(...seconds) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(askedMs) || askedMs <= 0 ? null : Math.min(askedMs, DAY_MS);
}
