import { NOTIFICATION_TYPES } from '#libs/contracts/src/notification';

/** An event type, or a prefix of segments with `*` for all that follow: `deal.won`, `contact.*`, `*`. */
export const EVENT_PATTERN = /^(\*|[a-z0-9_]+(\.[a-z0-9_]+){0,7}(\.\*)?)$/;
/** Error text for anything else. */
export const EVENT_PATTERN_MISTAKE = 'must be an event type or a pattern: deal.won, contact.*, *';

const NOTIFICATIONS: ReadonlySet<string> = new Set(NOTIFICATION_TYPES);

/**
 * Every pattern that matches a type, the type itself first: `a.b.c` → `a.b.c`, `a.b.*`, `a.*`, `*`. At most nine. `*` means
 * the CRM's own events; notifications of Tidings must be named.
 */
export function patternsOf(type: string): string[] {
  const patterns = [type];
  for (let dot = type.lastIndexOf('.'); dot > 0; dot = type.lastIndexOf('.', dot - 1)) patterns.push(`${type.slice(0, dot)}.*`);
  if (!NOTIFICATIONS.has(type)) patterns.push('*');
  return patterns;
}
