import { derivedId, newId } from '#libs/contracts/src/ids';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { rows, type Sql } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';

/** Jobs that a client asks for: their table, the prefix of their ids, and how many may run per account. */
export interface JobKind {
  table: 'replays' | 'erasures';
  prefix: 'rpl' | 'ers';
  runningMax: number;
}

/** Returns the last sequence of each stream, in the given order, and the server's time, ms. Throws `unavailable`. */
export async function streamEnds(
  { jsm }: JetStreamConnection,
  ...streams: ('EVENTS' | 'REJECTED' | 'FACTS')[]
): Promise<{ seqs: number[]; nowMs: number }> {
  const infos = await Promise.all(streams.map((stream) => jsm.streams.info(stream))).catch(() => {
    throw new Problem('unavailable', 'NATS does not answer at the moment. Try again.', { retryAfterSeconds: 1 });
  });
  // The client's types do not know `ts`.
  const { ts } = infos[0] as { ts?: string };
  return { seqs: infos.map(({ state }) => state.last_seq), nowMs: Date.parse(ts!) };
}

/**
 * Makes the id of a new job. With an Idempotency-Key the id is derived from the key. A request that is repeated after a crash finds its
 * stored job (`isKnown`). Throws `conflict` when too many jobs of the account run.
 */
export async function newJobId(
  sql: Sql,
  kind: JobKind,
  accountId: string,
  nowMs: number,
): Promise<{ id: string; isKnown: boolean }> {
  const key = requestContext()?.idempotency?.key;
  const derived = key === undefined ? null : derivedId(kind.prefix, `${accountId}\n${key}`);
  const known = derived === null ? undefined : await findAge(sql, kind, accountId, derived);
  if (known?.is_recent) return { id: derived!, isKnown: true };
  await refuseTooMany(sql, kind, accountId);
  // A key means the same request for 24 hours; after that the derived id is taken.
  return { id: derived === null || known ? newId(kind.prefix, nowMs) : derived, isKnown: false };
}

async function findAge(sql: Sql, { table }: JobKind, accountId: string, id: string): Promise<{ is_recent: boolean } | undefined> {
  const text = `SELECT created_at > now() - interval '24 hours' AS is_recent FROM delivery_log.${table} WHERE account_id = $1 AND id = $2`;
  return (await rows<{ is_recent: boolean }>(sql, text, [accountId, id]))[0];
}

async function refuseTooMany(sql: Sql, { table, runningMax }: JobKind, accountId: string): Promise<void> {
  const [counted] = await rows<{ running: number }>(
    sql,
    `SELECT count(*)::int AS running FROM delivery_log.${table} WHERE account_id = $1 AND finished_at IS NULL`,
    [accountId],
  );
  if (counted!.running < runningMax) return;
  throw new Problem('conflict', `${counted!.running} ${table} of this account are running. Wait until one of them has finished.`);
}
