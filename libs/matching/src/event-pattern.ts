/** An event type, or a prefix of segments with `*` for all that follow: `deal.won`, `contact.*`, `*`. */
export const EVENT_PATTERN = /^(\*|[a-z0-9_]+(\.[a-z0-9_]+){0,7}(\.\*)?)$/;

/** Every pattern that matches a type, the type itself first: `a.b.c` → `a.b.c`, `a.b.*`, `a.*`, `*`. At most nine. */
export function patternsOf(type: string): string[] {
  const patterns = [type];
  for (let dot = type.lastIndexOf('.'); dot > 0; dot = type.lastIndexOf('.', dot - 1)) patterns.push(`${type.slice(0, dot)}.*`);
  patterns.push('*');
  return patterns;
}
