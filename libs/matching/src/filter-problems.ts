import { FILTER_OPERATORS } from '#libs/contracts/src/filter';
import type { FieldError } from '#libs/problem/src/problem';
import { DATA_PATH } from './data-path.js';

const DEPTH_MAX = 5;
const CONDITIONS_MAX = 50;
const ENVELOPE_FIELDS = ['id', 'event', 'timestamp'];
/** The rule for each operator's value. */
const VALUE_RULES: Record<string, (value: unknown) => string | null> = {
  eq: scalar,
  ne: scalar,
  gt: ordered,
  gte: ordered,
  lt: ordered,
  lte: ordered,
  contains: scalar,
  in: (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every(isScalar)
      ? null
      : 'must be a list of 1 to 100 values',
  starts_with: (value) => (typeof value === 'string' && value !== '' ? null : 'must be a text'),
  exists: (value) => (value === undefined || typeof value === 'boolean' ? null : 'must be true or false'),
  changed: (value) => (value === undefined || value === true ? null : 'is not needed: leave it out'),
};

/** Finds every mistake in a filter, with pointers below `pointer`. A filter without mistakes may be compiled. */
export function filterProblems(filter: unknown, pointer: string): FieldError[] {
  const problems: FieldError[] = [];
  let conditions = 0;
  const visit = (node: unknown, at: string, depth: number): void => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) {
      problems.push({
        pointer: at,
        detail: 'must be a condition {"path","op","value"} or {"all":[…]}, {"any":[…]}, {"not":{…}}',
      });
      return;
    }
    if (depth > DEPTH_MAX) {
      problems.push({ pointer: at, detail: `must not be nested deeper than ${DEPTH_MAX} levels` });
      return;
    }
    const group = ['all', 'any', 'not'].find((name) => name in node);
    if (group === undefined) {
      if (++conditions === CONDITIONS_MAX + 1)
        problems.push({ pointer: at, detail: `a filter has at most ${CONDITIONS_MAX} conditions` });
      condition(node as Record<string, unknown>, at, problems);
      return;
    }
    const value = (node as Record<string, unknown>)[group];
    if (Object.keys(node).length > 1)
      problems.push({ pointer: at, detail: `has "${group}" and something else: use one of them` });
    if (group === 'not') visit(value, `${at}/not`, depth + 1);
    else if (!Array.isArray(value) || value.length === 0)
      problems.push({ pointer: `${at}/${group}`, detail: 'must be a list of at least one' });
    else value.forEach((one, index) => visit(one, `${at}/${group}/${index}`, depth + 1));
  };
  visit(filter, pointer, 1);
  return problems;
}

function condition(node: Record<string, unknown>, at: string, problems: FieldError[]): void {
  const { path, op, value, ...rest } = node;
  if (typeof path !== 'string' || !(ENVELOPE_FIELDS.includes(path) || DATA_PATH.test(path))) {
    problems.push({ pointer: `${at}/path`, detail: 'must be a path in the envelope such as event or data.owner.id' });
  }
  const rule = typeof op === 'string' && Object.hasOwn(VALUE_RULES, op) ? VALUE_RULES[op]! : null;
  if (rule === null) {
    problems.push({ pointer: `${at}/op`, detail: `must be one of ${FILTER_OPERATORS.join(', ')}` });
    return;
  }
  const detail = rule(value);
  if (detail !== null) problems.push({ pointer: `${at}/value`, detail });
  for (const name of Object.keys(rest)) problems.push({ pointer: `${at}/${name}`, detail: 'is not a field of a condition' });
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null;
}

function scalar(value: unknown): string | null {
  return isScalar(value) ? null : 'must be a text, a number, true, false or null';
}

function ordered(value: unknown): string | null {
  return typeof value === 'number' || typeof value === 'string' ? null : 'must be a number or a text';
}
