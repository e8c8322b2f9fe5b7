import fc from 'fast-check';
import type { Filter, FilterCondition } from '#libs/contracts/src/filter';

/** Filters and data for property tests. Data has few fields and values, so that filters often match. */

const texts = ['', '0', '1', '01', '2.0', '-1', 'Won', 'Wonder', 'vip', '2026-03-21', '2026-03-21T14:30:00Z'];

export const anyScalar = fc.oneof(fc.integer({ min: -1, max: 2 }), fc.constantFrom(...texts), fc.boolean(), fc.constant(null));

const anyPath = fc.constantFrom(
  'event',
  'data.stage',
  'data.amount',
  'data.tags',
  'data.owner.id',
  'data.items',
  'data.items.sku',
  'data.items.0.sku',
);

const anyOperation = fc.oneof(
  fc.record({ op: fc.constantFrom('eq' as const, 'ne' as const, 'contains' as const), value: anyScalar }),
  fc.record({
    op: fc.constantFrom('gt' as const, 'gte' as const, 'lt' as const, 'lte' as const),
    value: fc.oneof(fc.integer({ min: -1, max: 2 }), fc.constantFrom(...texts)),
  }),
  fc.record({ op: fc.constant('in' as const), value: fc.array(anyScalar, { minLength: 1, maxLength: 12 }) }),
  fc.record({ op: fc.constant('starts_with' as const), value: fc.constantFrom('W', 'Won', '2026') }),
  fc.record({ op: fc.constant('exists' as const), value: fc.boolean() }),
  fc.record({ op: fc.constant('changed' as const) }),
);

export const anyCondition: fc.Arbitrary<FilterCondition> = fc
  .tuple(anyPath, anyOperation)
  .map(([path, operation]) => ({ path, ...operation }));

export const anyFilter = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    anyCondition,
    fc.record({ all: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
})).filter;

const anyItem = fc.record({ sku: fc.oneof(anyScalar, fc.array(anyScalar, { maxLength: 2 })) }, { requiredKeys: [] });

export const anyData: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    stage: anyScalar,
    previous_stage: anyScalar,
    new_stage: anyScalar,
    amount: anyScalar,
    old_amount: anyScalar,
    tags: fc.array(anyScalar, { maxLength: 3 }),
    owner: fc.oneof(anyScalar, fc.record({ id: anyScalar })),
    items: fc.oneof(anyScalar, fc.array(fc.oneof(anyItem, anyScalar), { maxLength: 3 })),
  },
  { requiredKeys: [] },
);
