import { cursorOf, PAGE_LIMIT_DEFAULT, pageOf, positionIn, type Page, type PageQuery } from '#libs/api/src/page.dto';
import { rows, type Sql } from './rows.js';

/** A list that is read in pages, newest first. */
export interface List {
  /** Name, account and filters of the list. A cursor of another list is refused. */
  scope: unknown[];
  /** SELECT up to its last condition. Its columns include `id` and the time column. */
  select: string;
  params: unknown[];
  /** Time column, `timestamptz(3)`: a cursor keeps milliseconds. Defaults to `created_at`. */
  at?: string;
}

/**
 * Reads one page of a list. The cursor is the last row's time and id, so rows that arrive meanwhile move nothing.
 * Throws `invalid_cursor`.
 */
export async function readPage<Row extends { id: string }>(
  sql: Sql,
  list: List,
  { limit = PAGE_LIMIT_DEFAULT, cursor }: PageQuery,
): Promise<Page<Row>> {
  const { at = 'created_at' } = list;
  const after = positionIn(cursor, list.scope);
  const { text, params } = pageQuery(list, after, limit);
  const timeOf = (row: Row): Date => (row as Record<string, unknown>)[at] as Date;
  return pageOf(
    await rows<Row>(sql, text, params),
    limit,
    (row) => row,
    (last) => cursorOf(list.scope, [timeOf(last).toISOString(), last.id]),
  );
}

/** Reads one row more than the page shows: it tells whether another page follows. */
function pageQuery(
  { select, params, at = 'created_at' }: List,
  after: [at: string, id: string] | null,
  limit: number,
): { text: string; params: unknown[] } {
  const all = [...params];
  const isAfter = after === null ? '' : `AND (${at}, id) < ($${all.push(after[0])}::timestamptz, $${all.push(after[1])})`;
  return { text: `${select} ${isAfter} ORDER BY ${at} DESC, id DESC LIMIT $${all.push(limit + 1)}`, params: all };
}

/** Shows each row of a page. */
export function mapPage<Row, View>({ data, next_cursor }: Page<Row>, view: (row: Row) => View): Page<View> {
  return { data: data.map(view), next_cursor };
}
