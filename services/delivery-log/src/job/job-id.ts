import { derivedId, newId } from '#libs/contracts/src/ids';
import { requestContext } from '#libs/service/src/request-context';
import type { EntityManager } from 'typeorm';

/** With an Idempotency-Key the id follows from it: a run that died after the job was stored is not repeated as another one. */
export async function jobIdFor(
  manager: EntityManager,
  { table, prefix }: { table: 'replays' | 'erasures'; prefix: 'rpl' | 'ers' },
  accountId: string,
  nowMs: number,
): Promise<{ id: string; isKnown: boolean }> {
  const key = requestContext()?.idempotency?.key;
  const fresh = { id: newId(prefix, nowMs), isKnown: false };
  if (key === undefined) return fresh;
  const id = derivedId(prefix, `${accountId}\n${key}`);
  const [known]: { is_recent: boolean }[] = await manager.query(
    // For so long a key means the same request.
    `SELECT created_at > now() - interval '24 hours' AS is_recent FROM delivery_log.${table} WHERE account_id = $1 AND id = $2`,
    [accountId, id],
  );
  return known && !known.is_recent ? fresh : { id, isKnown: known !== undefined };
}
