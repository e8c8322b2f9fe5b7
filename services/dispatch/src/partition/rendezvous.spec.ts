import fc from 'fast-check';
import { PARTITIONS } from '#libs/contracts/src/subjects';
import { partitionsOf } from './rendezvous.js';

describe('rendezvous hashing', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });

  it('gives every partition exactly one owner', () => {
    fc.assert(
      fc.property(names, (members) => {
        const owned = members.flatMap((member) => [...partitionsOf(member, members)]);
        expect(owned.sort((a, b) => a - b)).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
      }),
    );
  });

  it('moves only the partitions of the one that leaves', () => {
    fc.assert(
      fc.property(names, (members) => {
        const [gone, ...left] = members;
        for (const member of left) {
          const before = partitionsOf(member, members);
          const after = partitionsOf(member, left);
          for (const partition of before) expect(after).toContain(partition);
          for (const partition of after) expect(before.has(partition) || partitionsOf(gone!, members).has(partition)).toBe(true);
        }
      }),
    );
  });
});
