import { rows, type Sql } from '#libs/postgres/src/rows';

const TABLE = 'delivery_log.positions';

/** Streams that the log reads. */
export type ProjectedStream = 'EVENTS' | 'REJECTED' | 'FACTS' | 'ERASED';

/** Returns the last sequence of the stream that is in the tables. */
export async function positionOf(sql: Sql, stream: ProjectedStream): Promise<number> {
  const [position] = await rows<{ seq: string }>(sql, `SELECT seq FROM ${TABLE} WHERE stream = $1`, [stream]);
  return Number(position!.seq);
}

/** SQL that is true once the log has read the stream up to the sequence in this column. */
export function hasRead(stream: ProjectedStream, column: string): string {
  return `${column} <= (SELECT seq FROM ${TABLE} WHERE stream = '${stream}')`;
}
