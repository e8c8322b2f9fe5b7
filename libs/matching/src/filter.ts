import type { Filter, FilterCondition } from '#libs/contracts/src/filter';
import { compileChange } from './changed.js';
import { compared, isEqual, valueAt } from './values.js';

/** The input of a filter: the envelope with `data` parsed. */
export interface FilterSubject {
  id: string;
  event: string;
  timestamp: string;
  data: Record<string, unknown>;
  /** The record's values before this event at the paths of `changed`, as `valueFingerprint` writes them. */
  before?: ReadonlyMap<string, string> | null;
}

/** Whether a filter lets an event through. */
export type CompiledFilter = (subject: FilterSubject) => boolean;

/** Compiles a filter, once for each state of a webhook. The filter must be valid (see `filterProblems`). */
export function compileFilter(filter: Filter): CompiledFilter {
  if ('all' in filter) {
    const parts = filter.all.map(compileFilter);
    return (subject) => parts.every((part) => part(subject));
  }
  if ('any' in filter) {
    const parts = filter.any.map(compileFilter);
    return (subject) => parts.some((part) => part(subject));
  }
  if ('not' in filter) {
    const part = compileFilter(filter.not);
    return (subject) => !part(subject);
  }
  if (filter.op === 'changed') {
    const changeOf = compileChange(filter.path);
    return (subject) => changeOf(subject) === 'changed';
  }
  const holds = compileComparison(filter.op, filter.value);
  const path = filter.path.split('.');
  return (subject) => holds(valueAt(subject, path));
}

/** Users read the operators' meaning in libs/api/src/filter.schema.ts. */
function compileComparison(op: Exclude<FilterCondition['op'], 'changed'>, wanted: unknown): (actual: unknown) => boolean {
  switch (op) {
    case 'eq':
      return (actual) => isEqual(actual, wanted);
    case 'ne':
      return (actual) => !isEqual(actual, wanted);
    case 'gt':
      return (actual) => compared(actual, wanted) > 0;
    case 'gte':
      return (actual) => compared(actual, wanted) >= 0;
    case 'lt':
      return (actual) => compared(actual, wanted) < 0;
    case 'lte':
      return (actual) => compared(actual, wanted) <= 0;
    case 'in':
      return (actual) => (wanted as unknown[]).some((one) => isEqual(actual, one));
    case 'contains':
      return (actual) =>
        Array.isArray(actual)
          ? actual.some((one) => isEqual(one, wanted))
          : typeof actual === 'string' && typeof wanted === 'string' && actual.includes(wanted);
    case 'starts_with':
      return (actual) => typeof actual === 'string' && actual.startsWith(wanted as string);
    case 'exists':
      return (actual) => (actual !== undefined) === (wanted !== false);
  }
}
