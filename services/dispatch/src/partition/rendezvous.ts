import { createHash } from 'node:crypto';
import { PARTITIONS } from '#libs/contracts/src/subjects';

/**
 * Returns the partitions of one member. Each partition goes to the member with the highest hash of both, so only the
 * partitions of a member that comes or goes move. Every process computes the same from the same members.
 */
export function partitionsOf(member: string, members: Iterable<string>): Set<number> {
  const all = [...new Set([...members, member])].sort();
  const mine = new Set<number>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const owner = all.reduce((best, one) => (weight(one, partition) > weight(best, partition) ? one : best));
    if (owner === member) mine.add(partition);
  }
  return mine;
}

function weight(member: string, partition: number): number {
  return createHash('sha256').update(`${member}:${partition}`).digest().readUIntBE(0, 6);
}
