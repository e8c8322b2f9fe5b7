import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Problem } from '#libs/problem/src/problem';
import { createHash } from 'node:crypto';
import { Text, WholeNumber } from './fields.js';

export const PAGE_LIMIT_DEFAULT = 50;

/** Query of every list. */
export class PageQuery {
  @WholeNumber(1, 100, 'Elements of a page at most.', { optional: true, inQuery: true, default: PAGE_LIMIT_DEFAULT })
  limit?: number;

  @Text(0, 1_000, '`next_cursor` of the page before. The first page by default.', { optional: true })
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  /** Null on the last page. */
  next_cursor: string | null;
}

/** The sort values of a row: its time, RFC 3339 in UTC with milliseconds, and its id. */
type Position = [at: string, id: string];

/**
 * Makes an opaque cursor from the position of the last row. It is bound to `scope`, the account and filter of the list:
 * another list refuses it instead of giving a wrong page.
 */
export function cursorOf(scope: unknown, position: Position): string {
  return Buffer.from(JSON.stringify([fingerprint(scope), ...position])).toString('base64url');
}

/** The position in a cursor, null for the first page. Throws `invalid_cursor`. */
export function positionIn(cursor: string | undefined, scope: unknown): Position | null {
  if (cursor === undefined) return null;
  try {
    const [bound, at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, ...Position];
    // A client can forge a cursor, and its values become part of a query: check them.
    if (bound === fingerprint(scope) && new Date(at).toISOString() === at && typeof id === 'string' && ID_PATTERN.test(id))
      return [at, id];
  } catch {
    // Falls through: it is no cursor of ours.
  }
  throw new Problem('invalid_cursor', 'This cursor belongs to another list. Begin without one.');
}

/** A page from rows that were read with one more than the limit. */
export function pageOf<Row, View>(
  rows: Row[],
  limit: number,
  view: (row: Row) => View,
  cursor: (last: Row) => string,
): Page<View> {
  const isMore = rows.length > limit;
  const shown = rows.slice(0, limit);
  return { data: shown.map(view), next_cursor: isMore ? cursor(shown.at(-1)!) : null };
}

function fingerprint(scope: unknown): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 12);
}
