import { Problem } from '#libs/problem/src/problem';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { createHash } from 'node:crypto';
import { MayBeLeftOut } from './field-rules.js';

/** What every list takes. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'How many at most.', type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @MayBeLeftOut()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.', maxLength: 1_000 })
  @MayBeLeftOut()
  @IsString()
  @MaxLength(1_000)
  cursor?: string;
}

export interface Page<T> {
  data: T[];
  /** Null on the last page. */
  next_cursor: string | null;
}

export const PAGE_LIMIT_DEFAULT = 50;

/**
 * An opaque cursor: the sort values of the last row, bound to what was listed (`scope`: account and filter), so that a
 * cursor of another list is refused instead of giving a wrong page.
 */
export function cursorOf(scope: unknown, position: (string | number)[]): string {
  return Buffer.from(JSON.stringify([fingerprint(scope), ...position])).toString('base64url');
}

/** The sort values in a cursor, null for the first page. Throws `invalid_cursor`. */
export function positionIn(cursor: string | undefined, scope: unknown): (string | number)[] | null {
  if (cursor === undefined) return null;
  try {
    const [bound, ...position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as (string | number)[];
    if (bound === fingerprint(scope)) return position;
  } catch {
    // Falls through: whatever it was, it is no cursor of ours.
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
