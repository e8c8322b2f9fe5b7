const DAY_MS = 24 * 60 * 60 * 1000;

/** Reads `Retry-After`, seconds or an HTTP date (RFC 9110). Returns ms from now, at most a day, or null when it asks for nothing. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const askedMs = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(askedMs) || askedMs <= 0 ? null : Math.min(askedMs, DAY_MS);
}
