import { FIELD_RULE } from '#libs/api/src/fields';
import { Problem, type FieldError } from '#libs/problem/src/problem';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';

const DEPTH_MAX = 32;
const ERRORS_MAX = 100;

/**
 * Checks a body or query against its DTO, for HTTP and gRPC alike. Unknown fields are refused. Throws `validation_failed` with one
 * error for each field.
 */
export function validated<T extends object>(type: new () => T, value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw Problem.invalid({ pointer: '', detail: 'The body must be a JSON object.' });
  }
  const errors: FieldError[] = [];
  findUnusable(value, '', 1, errors);
  refuse(errors);
  const instance = plainToInstance(type, value);
  const mistakes = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, validationError: { target: false } });
  collect(mistakes, '', errors);
  refuse(errors);
  return instance;
}

function refuse(found: FieldError[]): void {
  if (found.length === 0) return;
  throw Problem.invalid(...found.slice(0, ERRORS_MAX));
}

/** One error for each field: the first rule that it breaks. */
function collect(mistakes: ValidationError[], prefix: string, errors: FieldError[]): void {
  for (const { property, constraints = {}, children = [] } of mistakes) {
    const pointer = `${prefix}/${escaped(property)}`;
    if ('whitelistValidation' in constraints) errors.push({ pointer, detail: 'is not a known field' });
    else if (FIELD_RULE in constraints) errors.push(pointed(pointer, constraints[FIELD_RULE]));
    else collect(children, pointer, errors);
  }
}

/** The rule of a list names the element: `element 3: must be …`. */
function pointed(pointer: string, detail: string): FieldError {
  const [, index, rest] = /^element (\d+): (.*)$/s.exec(detail) ?? [];
  return index === undefined ? { pointer, detail } : { pointer: `${pointer}/${index}`, detail: rest! };
}

/**
 * Finds what no field can hold. PostgreSQL stores neither NUL nor half a surrogate pair. Names that every object in JavaScript has,
 * such as `__proto__`, are lost or called when objects are copied.
 */
function findUnusable(value: unknown, pointer: string, depth: number, errors: FieldError[]): void {
  if (errors.length > 0) return;
  if (typeof value === 'string') {
    if (value.includes('\u0000') || !value.isWellFormed())
      errors.push({ pointer, detail: 'contains NUL or half of a surrogate pair' });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_MAX) {
    errors.push({ pointer, detail: `is nested deeper than ${DEPTH_MAX} levels` });
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    const at = `${pointer}/${escaped(key)}`;
    if (Object.hasOwn(Object.prototype, key)) errors.push({ pointer: at, detail: 'cannot be the name of a field' });
    findUnusable(key, pointer, depth, errors);
    findUnusable(one, at, depth + 1, errors);
  }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
