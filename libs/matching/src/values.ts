import { isIndex } from './data-path.js';

/** A number as JSON writes it. With more digits two texts could become one number; a leading zero or `+` is a code's or a telephone's. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const NUMBER_LENGTH_MAX = 16;

/**
 * What stands at a path; undefined where nothing does. A number is an element of a list; any other name is looked for in each
 * of the list's elements, and what is found makes a list: `data.items.sku`.
 */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (let depth = 0; depth < path.length; depth++) {
    const segment = path[depth]!;
    if (Array.isArray(value) && !isIndex(segment)) return valuesAt(value, path.slice(depth));
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string, unknown>)[segment];
  }
  return value;
}

function valuesAt(elements: unknown[], path: readonly string[]): unknown[] | undefined {
  const found = elements.map((element) => valueAt(element, path)).filter((value) => value !== undefined);
  return found.length === 0 ? undefined : found.flat();
}

/** What tells one scalar from another. */
export type ScalarKey = string | number | boolean | null;

/**
 * The same for all scalars that could be equal: CRMs send ids and amounts as numbers or as text, and leave out what is null.
 * Undefined for lists and objects, which nothing is equal to.
 */
export function scalarKey(value: unknown): ScalarKey | undefined {
  if (typeof value === 'string') return numberIn(value) ?? value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === undefined || value === null ? null : undefined;
}

/** Two texts as they are written; a number and a text by the number that the text is. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  const key = scalarKey(a);
  return key !== undefined && key === scalarKey(b);
}

/**
 * Below, above or at 0 as `a` is less, more or the same. Two numbers, whether or not they are written as text; two other texts
 * by their characters, which orders ISO 8601 times. NaN, hence false for every comparison, where there is no order.
 */
export function compared(a: unknown, b: unknown): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return Number.NaN;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberIn(value) : undefined;
}

function numberIn(text: string): number | undefined {
  return text.length <= NUMBER_LENGTH_MAX && NUMBER.test(text) ? Number(text) : undefined;
}
