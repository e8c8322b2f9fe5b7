import { instantOf } from '#libs/contracts/src/instant';
import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';

/** Options of every field of a request, beside its rule. */
export interface FieldOptions {
  /** May be left out. */
  optional?: true;
  /** May be null or left out. The text says what null means: `no limit`. */
  nullable?: string;
  default?: string | number | boolean;
  example?: unknown;
}

/** Name of the one constraint that a field has: validation reports its message and no other. */
export const FIELD_RULE = 'fieldRule';

/** Says what is wrong with a value that is there: `must be from 1 to 64`. Null for a good one. */
type Mistake = (value: unknown) => string | null;

/** A field's rule and its documentation. Every decorator below is made of it. */
function field(
  mistakeIn: Mistake,
  description: string,
  schema: Omit<ApiPropertyOptions, 'description'>,
  options: FieldOptions = {},
): PropertyDecorator {
  const { optional, nullable, default: byDefault, example } = options;
  const isRequired = optional === undefined && nullable === undefined;
  const check = (value: unknown): string | null => (value === undefined ? 'is required' : mistakeIn(value));
  return applyDecorators(
    ApiProperty({
      ...schema,
      description: documented(description, { nullable, byDefault }),
      required: isRequired,
      ...(nullable === undefined ? {} : { nullable: true }),
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(example === undefined ? {} : { example }),
    } as ApiPropertyOptions),
    ...(isRequired
      ? []
      : [ValidateIf((_object, value: unknown) => value !== undefined && !(value === null && nullable !== undefined))]),
    ValidateBy({
      name: FIELD_RULE,
      validator: {
        validate: (value: unknown) => check(value) === null,
        defaultMessage: (args) => check(args?.value) ?? '',
      },
    }),
  );
}

function documented(
  description: string,
  { nullable, byDefault }: { nullable?: string; byDefault?: string | number | boolean },
): string {
  const parts = [description];
  if (byDefault !== undefined) parts.push(`Default: \`${String(byDefault)}\`.`);
  if (nullable !== undefined) parts.push(`Null: ${nullable}.`);
  return parts.join(' ');
}

/** Names the kind of a value in the words of an error: `text`, `a list`. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(value) ? 'a whole number' : Number.isNaN(value) ? 'text' : 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'an object';
  }
}

const not = (wanted: string, value: unknown): string => `must be ${wanted}, not ${kindOf(value)}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface TextOptions extends FieldOptions {
  pattern?: RegExp;
  /** Error text: `must be an event type, e.g. deal.won`. */
  mistake?: string;
  format?: string;
}

/** Text of `min` to `max` characters. */
export function Text(min: number, max: number, description: string, options: TextOptions = {}): PropertyDecorator {
  const { pattern, mistake = 'is not of the documented pattern', format, ...rest } = options;
  return field(
    (value) => {
      if (typeof value !== 'string') return not('text', value);
      if (value === '' && min > 0) return 'must not be empty';
      if (value.length < min) return `must have at least ${min} characters`;
      if (value.length > max) return `must have at most ${max} characters`;
      return pattern && !pattern.test(value) ? mistake : null;
    },
    description,
    {
      type: 'string',
      ...(min > 0 ? { minLength: min } : {}),
      maxLength: max,
      ...(pattern ? { pattern: pattern.source } : {}),
      ...(format ? { format } : {}),
    },
    rest,
  );
}

const LINE = /^\s*[^\s\p{Cc}]([^\p{Cc}\u2028\u2029]*[^\s\p{Cc}])?\s*$/u;

/** Name for people: one line, with white space at its ends taken off. */
export function Name(max: number, description: string, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    Text(1, max, description, { ...options, pattern: LINE, mistake: 'must be one line, without control characters' }),
  );
}

/** Text of a pattern that bounds its length as well. */
export function Pattern(pattern: RegExp, mistake: string, description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(
    (value) => {
      if (typeof value !== 'string') return not('text', value);
      return pattern.test(value) ? null : mistake;
    },
    description,
    { type: 'string', pattern: pattern.source },
    options,
  );
}

/** RFC 3339 time of a day that exists. */
export function Time(description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(
    (value) => {
      if (typeof value !== 'string') return not('an RFC 3339 time', value);
      return instantOf(value) !== null ? null : 'must be an RFC 3339 time, e.g. 2026-03-21T14:30:00Z';
    },
    description,
    { type: 'string', format: 'date-time' },
    options,
  );
}

interface NumberOptions extends FieldOptions {
  /** Query strings carry numbers as text. */
  inQuery?: true;
}

function numberField(wanted: string, isOne: (value: unknown) => boolean, type: 'integer' | 'number') {
  return (min: number, max: number, description: string, { inQuery, ...options }: NumberOptions = {}): PropertyDecorator => {
    const rule = field(
      (value) => {
        if (!isOne(value)) return not(wanted, value);
        return (value as number) < min || (value as number) > max ? `must be from ${min} to ${max}` : null;
      },
      `${description} From ${min.toLocaleString('en')} to ${max.toLocaleString('en')}.`,
      { type, minimum: min, maximum: max },
      options,
    );
    return inQuery
      ? applyDecorators(
          rule,
          Type(() => Number),
        )
      : rule;
  };
}

/** Whole number from `min` to `max`. The description names its unit. */
export const WholeNumber = numberField('a whole number', (value) => Number.isInteger(value), 'integer');
/** Number from `min` to `max`. The description names its unit. */
export const Decimal = numberField('a number', (value) => Number.isFinite(value), 'number');

/** True or false. */
export function Flag(description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(
    (value) => (typeof value === 'boolean' ? null : not('true or false', value)),
    description,
    { type: 'boolean' },
    options,
  );
}

/** One of a few values. */
export function OneOf(values: readonly (string | number)[], description: string, options: FieldOptions = {}): PropertyDecorator {
  const type = typeof values[0] === 'number' ? 'integer' : 'string';
  return field(
    (value) => (values.includes(value as string) ? null : `must be one of ${values.join(', ')}`),
    description,
    { type, enum: [...values] },
    options,
  );
}

/** One or several of a few values, separated by commas in a query. */
export function CommaSeparated(values: readonly string[], description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(
    (value) => {
      const isList = typeof value === 'string' && value.split(',').every((one) => values.includes(one));
      return isList ? null : `must be one or several of ${values.join(', ')}`;
    },
    description,
    { type: 'string', enum: [...values], isArray: true },
    { optional: true, ...options },
  );
}

/** `true` or `false` in a query. */
export function QueryFlag(description: string): PropertyDecorator {
  return field(
    (value) => (value === 'true' || value === 'false' ? null : 'must be true or false'),
    description,
    { type: 'boolean' },
    { optional: true },
  );
}

/** Says what is wrong with one element of a list. Null for a good one. */
interface Element {
  mistakeIn: Mistake;
  schema: object;
}

/** Element of a list: text of a pattern. */
export function textElement(pattern: RegExp, mistake: string, { max }: { max?: number } = {}): Element {
  return {
    mistakeIn: (value) => {
      if (typeof value !== 'string') return not('text', value);
      if (max !== undefined && value.length > max) return `must have at most ${max} characters`;
      return pattern.test(value) ? null : mistake;
    },
    schema: { type: 'string', pattern: pattern.source, ...(max === undefined ? {} : { maxLength: max }) },
  };
}

/** Element of a list: one of a few values. */
export function choiceElement(values: readonly string[]): Element {
  return {
    mistakeIn: (value) => (values.includes(value as string) ? null : `must be one of ${values.join(', ')}`),
    schema: { type: 'string', enum: [...values] },
  };
}

/** Element of a list: number from `min` to `max`. */
export function numberElement(min: number, max: number): Element {
  return {
    mistakeIn: (value) => {
      if (!Number.isFinite(value)) return not('a number', value);
      return (value as number) < min || (value as number) > max ? `must be from ${min} to ${max}` : null;
    },
    schema: { type: 'number', minimum: min, maximum: max },
  };
}

/** List of `min` to `max` elements. The first bad element is named by its position, from 0. */
export function ListOf(
  element: Element,
  [min, max]: readonly [min: number, max: number],
  description: string,
  options: FieldOptions = {},
): PropertyDecorator {
  return field(
    (value) => listMistake(value, element, min, max),
    `${description} ${min === 0 ? 'At most' : `${min} to`} ${max} elements.`,
    { type: 'array', items: element.schema, ...(min > 0 ? { minItems: min } : {}), maxItems: max },
    options,
  );
}

function listMistake(value: unknown, element: Element, min: number, max: number): string | null {
  if (!Array.isArray(value)) return not('a list', value);
  if (value.length < min) return 'must not be empty';
  if (value.length > max) return `must have at most ${max} elements`;
  for (const [index, one] of value.entries()) {
    const mistake = element.mistakeIn(one);
    if (mistake !== null) return `element ${index}: ${mistake}`;
  }
  return null;
}

/** One of a few values, or a list of them. */
export function OneOrSeveral(values: readonly string[], description: string, options: FieldOptions = {}): PropertyDecorator {
  const element = choiceElement(values);
  return field(
    (value) => (Array.isArray(value) ? listMistake(value, element, 1, values.length) : element.mistakeIn(value)),
    description,
    { oneOf: [element.schema, { type: 'array', items: element.schema, minItems: 1, maxItems: values.length }] },
    options,
  );
}

/** Object whose values are all text, such as headers. */
export function TextMap(description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(
    (value) => {
      if (!isObject(value)) return not('an object', value);
      return Object.values(value).every((one) => typeof one === 'string') ? null : 'must be an object whose values are text';
    },
    description,
    { type: 'object', additionalProperties: { type: 'string' } },
    options,
  );
}

/** Free-form JSON object. `schema` documents it where it is not free. */
export function JsonObject(description: string, options: FieldOptions & { schema?: object } = {}): PropertyDecorator {
  const { schema = { type: 'object', additionalProperties: true }, ...rest } = options;
  return field((value) => (isObject(value) ? null : not('an object', value)), description, schema, rest);
}

/** Value that no other decorator describes: `schema` is its documentation. */
export function Custom(mistakeIn: Mistake, schema: object, description: string, options: FieldOptions = {}): PropertyDecorator {
  return field(mistakeIn, description, schema, options);
}

/** Object with fields of its own. Swagger resolves a type lazily only from a function that is named `type`. */
export function Nested(type: () => Class, description: string, options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    field((value) => (isObject(value) ? null : not('an object', value)), description, { type: () => type() }, options),
    ValidateNested(),
    Type(type),
  );
}
