import fc from 'fast-check';
import type { Filter } from '#libs/contracts/src/filter';
import { patternsOf } from './event-pattern.js';
import { filterProblems } from './filter-problems.js';
import { compileFilter } from './filter.js';

const passes = (filter: Filter, data: Record<string, unknown>): boolean =>
  compileFilter(filter)({ id: 'e', event: 'deal.won', timestamp: 't', data }).passes;

it.each([
  [{ path: 'data.amount', op: 'gte', value: 1000 }, { amount: 1000 }, true],
  [{ path: 'data.amount', op: 'gt', value: 1000 }, { amount: 1000 }, false],
  [{ path: 'data.amount', op: 'lt', value: 5 }, { amount: '4' }, false],
  [{ path: 'data.stage', op: 'eq', value: 'Won' }, { stage: 'Won' }, true],
  [{ path: 'data.stage', op: 'ne', value: 'Won' }, {}, true],
  [{ path: 'data.stage', op: 'in', value: ['Won', 'Lost'] }, { stage: 'Lost' }, true],
  [{ path: 'data.tags', op: 'contains', value: 'vip' }, { tags: ['new', 'vip'] }, true],
  [{ path: 'data.name', op: 'contains', value: 'corp' }, { name: 'Acme corp' }, true],
  [{ path: 'data.name', op: 'starts_with', value: 'Acme' }, { name: 'Acme corp' }, true],
  [{ path: 'data.owner.id', op: 'exists' }, { owner: { id: null } }, true],
  [{ path: 'data.owner.id', op: 'exists', value: false }, { owner: {} }, true],
  [{ path: 'data.constructor', op: 'exists' }, {}, false],
  [{ path: 'data.stage', op: 'changed' }, { previous_stage: 'A', new_stage: 'B' }, true],
  [{ path: 'data.status', op: 'changed' }, { old_status: 'A', status: 'A' }, false],
  [{ path: 'data.status', op: 'changed' }, { status: 'A' }, false],
  [{ path: 'event', op: 'eq', value: 'deal.won' }, {}, true],
] as [Filter, Record<string, unknown>, boolean][])('%j on %j: %s', (filter, data, expected) => {
  expect(filterProblems(filter, '/filter')).toEqual([]);
  expect(passes(filter, data)).toBe(expected);
});

it('all, any and not mean what logic says', () => {
  const condition = fc.record({
    path: fc.constantFrom('data.a', 'data.b'),
    op: fc.constantFrom('eq' as const, 'gt' as const),
    value: fc.integer({ min: 0, max: 3 }),
  });
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      condition,
      fc.record({ all: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  }));
  const model = (one: Filter, data: Record<string, number>): boolean => {
    if ('all' in one) return one.all.every((part) => model(part, data));
    if ('any' in one) return one.any.some((part) => model(part, data));
    if ('not' in one) return !model(one.not, data);
    const value = data[one.path.slice(5)]!;
    return one.op === 'eq' ? value === one.value : value > Number(one.value);
  };
  fc.assert(
    fc.property(filter, fc.record({ a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 0, max: 3 }) }), (one, data) => {
      expect(passes(one, data)).toBe(model(one, data));
    }),
  );
});

it('says which clause failed, and with what', () => {
  const result = compileFilter({ all: [{ path: 'data.amount', op: 'gte', value: 1000 }] })({
    id: '',
    event: '',
    timestamp: '',
    data: { amount: 250 },
  });
  expect(result).toEqual({ passes: false, because: 'data.amount gte 1000 failed with 250' });
});

it('finds a mistake in whatever is no filter, and compiles whatever is one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      if (filterProblems(value, '').length === 0)
        compileFilter(value as unknown as Filter)({ id: '', event: '', timestamp: '', data: {} });
    }),
  );
});

it('a type is matched by itself, by each prefix with a star, and by the star', () => {
  expect(patternsOf('deal.stage.changed')).toEqual(['deal.stage.changed', 'deal.stage.*', 'deal.*', '*']);
});
