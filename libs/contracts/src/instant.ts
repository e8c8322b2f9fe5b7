const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an RFC 3339 time with a fraction of at most nine digits. Returns the same instant in UTC, `2026-03-21T14:30:00.000000000Z`:
 * texts that sort as the instants do. Null for anything else, and for a day, an hour or an offset that does not exist.
 */
export function instantOf(text: string): string | null {
  // Shorter or longer texts are the rule in filters, and are no times.
  if (text.length < 20 || text.length > 35) return null;
  const [, year, month, day, hour, minute, second, fraction = '', offset] = RFC_3339.exec(text) ?? [];
  if (offset === undefined) return null;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const utc = new Date(ms);
  // `Date.UTC` takes years below 100 for 19xx, and carries what is too large over into the next field.
  if (!utc.toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}:${second}`)) return null;
  const offsetMs = offsetMsOf(offset);
  if (offsetMs === null) return null;
  const shifted = new Date(ms - offsetMs).toISOString();
  // A year outside of 0000 to 9999 would not sort.
  return shifted.length === 24 ? `${shifted.slice(0, 19)}.${fraction.padEnd(9, '0')}Z` : null;
}

function offsetMsOf(offset: string): number | null {
  if (offset.length === 1) return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4))];
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
