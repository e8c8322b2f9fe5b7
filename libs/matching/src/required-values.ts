import type { Filter } from '#libs/contracts/src/filter';
import { scalarKey, type ScalarKey } from './values.js';

/** Without one of these values at this path, as `scalarKey` tells them apart, a filter lets nothing through. */
export interface RequiredValue {
  path: string;
  keys: ScalarKey[];
}

/** An `in` of more values would take more room in an index than it saves. */
const KEYS_MAX = 10;

/** What a filter requires by an `eq` or a short `in`: its only condition, or one of those that must all hold. */
export function requiredValues(filter: Filter): RequiredValue[] {
  const conditions = 'all' in filter ? filter.all : [filter];
  return conditions.flatMap((condition) => {
    if (!('op' in condition) || (condition.op !== 'eq' && condition.op !== 'in')) return [];
    const values = condition.op === 'eq' ? [condition.value] : (condition.value as unknown[]);
    const keys = [...new Set(values.map((value) => scalarKey(value)!))];
    return keys.length > KEYS_MAX ? [] : [{ path: condition.path, keys }];
  });
}
