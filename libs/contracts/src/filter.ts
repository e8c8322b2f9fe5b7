/** A condition on the envelope: `{"path":"data.amount","op":"gte","value":1000}`. */
export interface FilterCondition {
  /** Dotted, from the envelope: `event`, `data.pipeline`, `data.owner.id`. */
  path: string;
  op: FilterOperator;
  value?: unknown;
}

export const FILTER_OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'contains',
  'starts_with',
  'exists',
  'changed',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

export type Filter = { all: Filter[] } | { any: Filter[] } | { not: Filter } | FilterCondition;
