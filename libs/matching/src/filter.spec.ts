import fc from 'fast-check';
import type { Filter, FilterCondition } from '#libs/contracts/src/filter';
import { valueFingerprint } from '#libs/contracts/src/record-history';
import { anyCondition, anyData, anyFilter, anyScalar } from '../../../test/support/any-filter.js';
import { patternsOf } from './event-pattern.js';
import { explainFilter } from './filter-explanation.js';
import { filterProblems } from './filter-problems.js';
import { compileFilter, type FilterSubject } from './filter.js';
import { requiredValues } from './required-values.js';
import { scalarKey, valueAt } from './values.js';

type Data = Record<string, unknown>;

/** `before`: what the record had, by path. */
function subjectOf(data: Data, before: Data = {}): FilterSubject {
  const fingerprints = Object.entries(before).map(([path, value]): [string, string] => [path, valueFingerprint(value)]);
  return { id: 'e', event: 'deal.won', timestamp: '2026-03-21T14:30:00Z', data, before: new Map(fingerprints) };
}

const passes = (filter: Filter, data: Data, before?: Data): boolean => compileFilter(filter)(subjectOf(data, before));

it.each([
  [{ path: 'data.stage', op: 'eq', value: 'Won' }, { stage: 'Won' }, true],
  [{ path: 'data.stage', op: 'eq', value: 'Won' }, { stage: 'won' }, false],
  [{ path: 'event', op: 'eq', value: 'deal.won' }, {}, true],
  // A form's field gives text, CRMs send ids and amounts as numbers or as text.
  [{ path: 'data.lead_id', op: 'eq', value: '12345' }, { lead_id: 12345 }, true],
  [{ path: 'data.amount', op: 'eq', value: 50_000 }, { amount: '50000.00' }, true],
  [{ path: 'data.zip', op: 'eq', value: 1234 }, { zip: '01234' }, false],
  [{ path: 'data.version', op: 'eq', value: '1.0' }, { version: '1.00' }, false],
  [{ path: 'data.id', op: 'eq', value: '12345678901234567' }, { id: 12345678901234568 }, false],
  [{ path: 'data.active', op: 'eq', value: true }, { active: 'true' }, false],
  [{ path: 'data.owner', op: 'eq', value: null }, {}, true],
  [{ path: 'data.owner', op: 'ne', value: null }, {}, false],
  [{ path: 'data.owner', op: 'ne', value: null }, { owner: 'Ann' }, true],
  [{ path: 'data.stage', op: 'ne', value: 'Won' }, {}, true],
  [{ path: 'data.tags', op: 'eq', value: 'vip' }, { tags: ['vip'] }, false],
  [{ path: 'data.amount', op: 'gte', value: 1000 }, { amount: 1000 }, true],
  [{ path: 'data.amount', op: 'gt', value: 1000 }, { amount: 1000 }, false],
  [{ path: 'data.amount', op: 'gt', value: 1000 }, { amount: '50000.00' }, true],
  [{ path: 'data.amount', op: 'gt', value: '1000' }, { amount: '9.50' }, false],
  [{ path: 'data.amount', op: 'lt', value: '1000' }, { amount: -1 }, true],
  [{ path: 'data.amount', op: 'lt', value: 5 }, { amount: 'n/a' }, false],
  [{ path: 'data.amount', op: 'lt', value: 5 }, { amount: null }, false],
  [{ path: 'data.amount', op: 'lte', value: 5 }, {}, false],
  [{ path: 'data.closes_at', op: 'gte', value: '2026-03' }, { closes_at: '2026-03-21T14:30:00Z' }, true],
  [{ path: 'timestamp', op: 'lt', value: '2026-03-21T15:00:00Z' }, {}, true],
  [{ path: 'data.stage', op: 'in', value: ['Won', 'Lost'] }, { stage: 'Lost' }, true],
  [{ path: 'data.owner_id', op: 'in', value: ['7', '8'] }, { owner_id: 8 }, true],
  [{ path: 'data.stage', op: 'in', value: ['Won', null] }, {}, true],
  [{ path: 'data.tags', op: 'contains', value: 'vip' }, { tags: ['new', 'vip'] }, true],
  [{ path: 'data.tags', op: 'contains', value: 'vip' }, { tags: ['vipers'] }, false],
  [{ path: 'data.tags.name', op: 'contains', value: 'vip' }, { tags: [{ name: 'new' }, { name: 'vip' }] }, true],
  [{ path: 'data.items.tags', op: 'contains', value: 'vip' }, { items: [{ tags: ['a'] }, {}, { tags: ['vip'] }] }, true],
  [{ path: 'data.name', op: 'contains', value: 'corp' }, { name: 'Acme corp' }, true],
  [{ path: 'data.name', op: 'contains', value: 'corp' }, {}, false],
  [{ path: 'data.name', op: 'starts_with', value: 'Acme' }, { name: 'Acme corp' }, true],
  [{ path: 'data.items.0.name', op: 'starts_with', value: 'Ac' }, { items: [{ name: 'Acme' }] }, true],
  [{ path: 'data.items.1.name', op: 'exists' }, { items: [{ name: 'Acme' }] }, false],
  [{ path: 'data.items.length', op: 'exists' }, { items: [{ name: 'Acme' }] }, false],
  [{ path: 'data.owner.id', op: 'exists' }, { owner: { id: null } }, true],
  [{ path: 'data.owner.id', op: 'exists', value: false }, { owner: {} }, true],
  [{ path: 'data.constructor', op: 'exists' }, {}, false],
  [{ path: 'data.stage', op: 'changed' }, { previous_stage: 'A', new_stage: 'B' }, true],
  [{ path: 'data.status', op: 'changed' }, { old_status: 'A', status: 'A' }, false],
  [{ path: 'data.status', op: 'changed' }, { old_status: null, status: 'A' }, true],
  [{ path: 'data.status', op: 'changed' }, { status: 'A' }, false],
  [{ path: 'data.owner.id', op: 'changed' }, { owner: { previous_id: 1, id: 2 } }, true],
] as [Filter, Data, boolean][])('%j on %j: %s', (filter, data, expected) => {
  expect(filterProblems(filter, '/filter')).toEqual([]);
  expect(passes(filter, data)).toBe(expected);
});

it.each([
  [{ stage: 'B' }, { 'data.stage': 'A' }, true],
  [{ stage: 'A' }, { 'data.stage': 'A' }, false],
  [{ stage: null }, { 'data.stage': 'A' }, true],
  [{}, { 'data.stage': 'A' }, false],
  [{ new_stage: 'B' }, { 'data.stage': 'A' }, true],
  [{ stage: { b: 1, a: [2] } }, { 'data.stage': { a: [2], b: 1 } }, false],
  [{ previous_stage: 'B', stage: 'B' }, { 'data.stage': 'A' }, false],
  [{ old_stage: 'A', stage: 'B' }, { 'data.stage': 'B' }, true],
] as [Data, Data, boolean][])('changed, with %j after a record had %j: %s', (data, before, expected) => {
  expect(passes({ path: 'data.stage', op: 'changed' }, data, before)).toBe(expected);
});

describe('for any value of the event and of the filter', () => {
  const on = (op: FilterCondition['op'], value: unknown, actual: unknown): boolean =>
    passes({ path: 'data.x', op, value }, { x: actual });
  const anyActual = fc.oneof(anyScalar, fc.array(anyScalar, { maxLength: 3 }), fc.constant({ a: 1 }));

  it.each([
    ['ne is what eq is not', (a, b) => on('ne', b, a) === !on('eq', b, a)],
    ['eq does not tell sides apart', (a, b) => Array.isArray(a) || typeof a === 'object' || on('eq', b, a) === on('eq', a, b)],
    ['in is eq of one of them', (a, b, c) => on('in', [b, c], a) === (on('eq', b, a) || on('eq', c, a))],
    ['gte is gt or neither gt nor lt, of what can be compared', (a, b) => on('gte', b, a) === (on('gt', b, a) || (on('gte', b, a) && on('lte', b, a)))],
    ['lt is not gte, of what can be compared', (a, b) => !(on('lt', b, a) && on('gte', b, a)) && on('lte', b, a) === (on('lt', b, a) || (on('gte', b, a) && on('lte', b, a)))],
    ['what is compared from one side is from the other', (a, b) => on('gt', b, a) === on('lt', a, b) && on('gte', b, a) === on('lte', a, b)],
    ['a number and a text that are equal are neither less nor more', (a, b) => typeof a !== 'number' || !on('eq', b, a) || (on('gte', b, a) && on('lte', b, a))],
    ['contains of a list is eq of an element', (a, b) => !Array.isArray(a) || on('contains', b, a) === a.some((one) => on('eq', b, one))],
    ['contains of a text is a part of it', (a, b) => typeof a !== 'string' || on('contains', b, a) === (typeof b === 'string' && a.includes(b))],
    ['starts_with is the beginning of a text', (a, b) => typeof b !== 'string' || on('starts_with', b, a) === (typeof a === 'string' && a.startsWith(b))],
    ['exists is true of a value that is there, and its opposite of one that is not', (a) => on('exists', true, a) && !on('exists', false, a)],
    ['changed is true when the two are not the same JSON', (a, b) => passes({ path: 'data.x', op: 'changed' }, { previous_x: b, x: a }) === (JSON.stringify(a) !== JSON.stringify(b))],
    ['changed from the record is the same as from the event', (a, b) => passes({ path: 'data.x', op: 'changed' }, { x: a }, { 'data.x': b }) === passes({ path: 'data.x', op: 'changed' }, { previous_x: b, x: a })],
  ] as [string, (actual: unknown, value: unknown, other: unknown) => boolean][])('%s', (_what, holds) => {
    fc.assert(fc.property(anyActual, anyScalar, anyScalar, holds), { numRuns: 500 });
  }); // prettier-ignore
});

it('orders numbers alike as numbers and as text, and ISO times as times', () => {
  const on = (op: FilterCondition['op'], value: unknown, actual: unknown): boolean =>
    passes({ path: 'data.x', op, value }, { x: actual });
  const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
  fc.assert(
    fc.property(cents, cents, (a, b) => {
      for (const [x, y] of [[a / 100, (b / 100).toFixed(2)], [(a / 100).toFixed(2), b / 100], [`${a}`, `${b}`]]) {
        expect([on('lt', y, x), on('lte', y, x), on('gt', y, x), on('gte', y, x)]).toEqual([a < b, a <= b, a > b, a >= b]);
      }
    }),
  ); // prettier-ignore
  const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(time, time, (a, b) => {
      expect(on('lt', b.toISOString(), a.toISOString())).toBe(a < b);
      const written = a.toISOString().replace('.000Z', 'Z').replace('Z', '+00:00');
      expect(on('eq', a.toISOString(), written)).toBe(true);
      expect(on('in', [b.toISOString(), a.toISOString()], written)).toBe(true);
      expect(on('lt', b.toISOString(), written)).toBe(a < b);
    }),
  );
});

it('combines all, any and not as logic does, and explains every clause by itself', () => {
  const clauses = (filter: Filter, pointer: string): [string, Filter][] => {
    if ('all' in filter) return filter.all.flatMap((part, index) => clauses(part, `${pointer}/all/${index}`));
    if ('any' in filter) return filter.any.flatMap((part, index) => clauses(part, `${pointer}/any/${index}`));
    if ('not' in filter) return clauses(filter.not, `${pointer}/not`);
    return [[pointer, filter]];
  };
  const logic = (filter: Filter, pointer: string, clause: ReadonlyMap<string, boolean>): boolean => {
    if ('all' in filter) return filter.all.every((part, index) => logic(part, `${pointer}/all/${index}`, clause));
    if ('any' in filter) return filter.any.some((part, index) => logic(part, `${pointer}/any/${index}`, clause));
    if ('not' in filter) return !logic(filter.not, `${pointer}/not`, clause);
    return clause.get(pointer)!;
  };
  fc.assert(
    fc.property(anyFilter, anyData, anyScalar, (filter, data, before) => {
      expect(filterProblems(filter, '/filter')).toEqual([]);
      const subject = subjectOf(data, { 'data.stage': before });
      const explained = explainFilter(filter, subject, '/filter');
      expect(explained.passes).toBe(compileFilter(filter)(subject));
      expect(explained.because === null).toBe(explained.passes);
      const results = new Map(explained.clauses.map((clause) => [clause.pointer, clause.passes]));
      expect(logic(filter, '/filter', results)).toBe(explained.passes);
      for (const [pointer, clause] of clauses(filter, '/filter'))
        expect(results.get(pointer)).toBe(compileFilter(clause)(subject));
    }),
    { numRuns: 1_000 },
  );
});

it.each([
  [{ all: [{ path: 'data.amount', op: 'gte', value: 1000 }] }, 'data.amount gte 1000 failed with 250'],
  [{ path: 'data.pipeline', op: 'eq', value: 'A' }, 'data.pipeline eq "A" failed with nothing'],
  [{ not: { path: 'data.amount', op: 'exists' } }, 'not (data.amount exists) failed'],
  [
    { any: [{ path: 'data.amount', op: 'gt', value: 300 }, { path: 'event', op: 'eq', value: 'deal.lost' }] },
    'none of: data.amount gt 300 failed with 250; event eq "deal.lost" failed with "deal.won"',
  ],
  [{ path: 'data.stage', op: 'changed' }, 'data.stage changed failed with "Won": the same as before'],
  [{ path: 'data.amount', op: 'changed' }, 'data.amount changed failed with 250: no value before'],
  [{ path: 'data.owner', op: 'changed' }, 'data.owner changed failed with nothing'],
] as [Filter, string][])('says which clause of %j failed, and with what', (filter, because) => {
  const subject = subjectOf({ amount: 250, stage: 'Won' }, { 'data.stage': 'Won' });
  expect(explainFilter(filter, subject, '/filter').because).toBe(because);
}); // prettier-ignore

it('lets through only events with the required values', () => {
  fc.assert(
    fc.property(anyFilter, anyData, (filter, data) => {
      const subject = subjectOf(data);
      if (!compileFilter(filter)(subject)) return;
      for (const { path, keys } of requiredValues(filter)) expect(keys).toContain(scalarKey(valueAt(subject, path.split('.'))));
    }),
    { numRuns: 1_000 },
  );
  fc.assert(
    fc.property(anyCondition, anyFilter, ({ path, op, value }, other) => {
      const isIndexable = op === 'eq' || (op === 'in' && new Set((value as unknown[]).map(scalarKey)).size <= 10);
      expect(requiredValues({ all: [{ path, op, value }, { not: other }] })).toHaveLength(isIndexable ? 1 : 0);
    }),
  );
});

it('finds a mistake in every value that is no filter, and compiles every filter', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      if (filterProblems(value, '').length === 0) compileFilter(value as unknown as Filter)(subjectOf({}));
    }),
  );
});

it('matches a type by itself, by each prefix with a star, and by the star', () => {
  expect(patternsOf('deal.stage.changed')).toEqual(['deal.stage.changed', 'deal.stage.*', 'deal.*', '*']);
});
