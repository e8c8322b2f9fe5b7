import type { Filter } from '#libs/contracts/src/filter';
import { scalarKey, type ScalarKey } from './values.js';

/** A filter lets nothing through that has none of these values at this path. `scalarKey` tells values apart. */
export interface RequiredValue {
  path: string;
  keys: ScalarKey[];
}

/** An `in` of more values would cost more room in an index than it saves work. */
const KEYS_MAX = 10;

/** Collects the values that a filter requires by an `eq` or a short `in`, alone or in its outermost `all`. */
export function requiredValues(filter: Filter): RequiredValue[] {
  const conditions = 'all' in filter ? filter.all : [filter];
  return conditions.flatMap((condition) => {
    if (!('op' in condition) || (condition.op !== 'eq' && condition.op !== 'in')) return [];
    const values = condition.op === 'eq' ? [condition.value] : (condition.value as unknown[]);
    const keys = [...new Set(values.map((value) => scalarKey(value)!))];
    return keys.length > KEYS_MAX ? [] : [{ path: condition.path, keys }];
  });
}
