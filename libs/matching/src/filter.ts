import type { Filter, FilterCondition } from '#libs/contracts/src/filter';

/** What a filter looks at: the envelope with `data` parsed. */
export interface FilterSubject {
  id: string;
  event: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Whether a filter lets an event through; if not, the clause that decided, in words: `data.amount gte 1000 failed with 250`. */
export type FilterResult = { passes: true } | { passes: false; because: string };

export type CompiledFilter = (subject: FilterSubject) => FilterResult;

const PASSES: FilterResult = { passes: true };

/** A filter as a function, compiled once for each form of a webhook. The filter must be valid (see `filterProblem`). */
export function compileFilter(filter: Filter): CompiledFilter {
  if ('all' in filter) {
    const parts = filter.all.map(compileFilter);
    return (subject) => {
      for (const part of parts) {
        const result = part(subject);
        if (!result.passes) return result;
      }
      return PASSES;
    };
  }
  if ('any' in filter) {
    const parts = filter.any.map(compileFilter);
    return (subject) => {
      const reasons: string[] = [];
      for (const part of parts) {
        const result = part(subject);
        if (result.passes) return PASSES;
        reasons.push(result.because);
      }
      return { passes: false, because: `none of: ${reasons.join('; ')}` };
    };
  }
  if ('not' in filter) {
    const part = compileFilter(filter.not);
    const words = filterInWords(filter.not);
    return (subject) => (part(subject).passes ? { passes: false, because: `not (${words}) failed` } : PASSES);
  }
  return compileCondition(filter);
}

function compileCondition(condition: FilterCondition): CompiledFilter {
  const { op, value } = condition;
  const path = condition.path.split('.');
  const words = filterInWords(condition);
  const holds =
    op === 'changed'
      ? (subject: FilterSubject) => hasChanged(subject, path)
      : (subject: FilterSubject) => compare(op, valueAt(subject, path), value);
  return (subject) =>
    holds(subject) ? PASSES : { passes: false, because: `${words} failed with ${shown(valueAt(subject, path))}` };
}

/** A filter as a person would write it. */
export function filterInWords(filter: Filter): string {
  if ('all' in filter) return filter.all.map(filterInWords).join(' and ');
  if ('any' in filter) return `(${filter.any.map(filterInWords).join(' or ')})`;
  if ('not' in filter) return `not (${filterInWords(filter.not)})`;
  const { path, op, value } = filter;
  return op === 'changed' || (op === 'exists' && value === undefined) ? `${path} ${op}` : `${path} ${op} ${shown(value)}`;
}

function valueAt(subject: FilterSubject, path: string[]): unknown {
  let value: unknown = subject;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

function compare(op: FilterCondition['op'], actual: unknown, wanted: unknown): boolean {
  switch (op) {
    case 'eq':
      return isEqual(actual, wanted);
    case 'ne':
      return !isEqual(actual, wanted);
    case 'gt':
      return order(actual, wanted) > 0;
    case 'gte':
      return order(actual, wanted) >= 0;
    case 'lt':
      return order(actual, wanted) < 0;
    case 'lte':
      return order(actual, wanted) <= 0;
    case 'in':
      return Array.isArray(wanted) && wanted.some((one) => isEqual(actual, one));
    case 'contains':
      if (Array.isArray(actual)) return actual.some((one) => isEqual(one, wanted));
      return typeof actual === 'string' && typeof wanted === 'string' && actual.includes(wanted);
    case 'starts_with':
      return typeof actual === 'string' && typeof wanted === 'string' && actual.startsWith(wanted);
    case 'exists':
      return (actual !== undefined) === (wanted !== false);
    case 'changed':
      return false;
  }
}

/** Scalars by value; nothing else is equal to anything. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b && (typeof a !== 'object' || a === null);
}

/** NaN, hence false for every comparison, where two values have no order: other than two numbers or two strings. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number.NaN;
}

/**
 * CRMs send the value before beside the value after: `previous_stage` or `old_stage` beside `stage` or `new_stage`. A
 * field has changed when the two differ; where the event has no previous value, it has not.
 */
function hasChanged(subject: FilterSubject, path: string[]): boolean {
  const parent = valueAt(subject, path.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) return false;
  const field = path.at(-1)!;
  const first = (...names: string[]): unknown => {
    const name = names.find((one) => Object.hasOwn(parent, one));
    return name === undefined ? undefined : (parent as Record<string, unknown>)[name];
  };
  const before = first(`previous_${field}`, `old_${field}`);
  const after = first(field, `new_${field}`);
  return before !== undefined && JSON.stringify(before) !== JSON.stringify(after);
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
