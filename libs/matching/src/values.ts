import { instantOf } from '#libs/contracts/src/instant';
import { isIndex } from './data-path.js';

/** A number as JSON writes it. A leading zero or `+` belongs to a code or a telephone number. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
/** With more digits, two texts could become one number. */
const NUMBER_LENGTH_MAX = 16;

/**
 * Returns the value at a path, undefined when there is none. In a list, a number names an element. Any other name is read from
 * each element, and the values found make a list: `data.items.sku`.
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

/** Identity of a scalar in comparisons. */
export type ScalarKey = string | number | boolean | null;

/**
 * Returns the same key for all scalars that count as equal: CRMs send ids and amounts as numbers or as text, and omit nulls.
 * Undefined for lists and objects, which equal nothing.
 */
export function scalarKey(value: unknown): ScalarKey | undefined {
  if (typeof value === 'string') return numberIn(value) ?? instantOf(value) ?? value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === undefined || value === null ? null : undefined;
}

/** Compares two texts as they are written, two times as instants, and a number with a text by the text's number. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b || isSameInstant(a, b);
  const key = scalarKey(a);
  return key !== undefined && key === scalarKey(b);
}

function isSameInstant(a: string, b: string): boolean {
  const instant = instantOf(a);
  return instant !== null && instant === instantOf(b);
}

/**
 * Returns a number below, above or at 0 as `a` is less, more or the same. Numbers compare as numbers, also when written as text.
 * Two times compare as instants, other texts by their characters. NaN when there is no order: every comparison is false.
 */
export function compared(a: unknown, b: unknown): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN;
  const [one, other] = [instantOf(a), instantOf(b)];
  return one !== null && other !== null ? inOrder(one, other) : inOrder(a, b);
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberIn(value) : undefined;
}

function numberIn(text: string): number | undefined {
  return text.length <= NUMBER_LENGTH_MAX && NUMBER.test(text) ? Number(text) : undefined;
}
