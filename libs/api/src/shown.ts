import type { Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

interface ShownOptions {
  /** Left out of the answer when there is nothing to say. */
  optional?: true;
  /** Meaning of null: `it waits for nothing`. */
  nullable?: string;
  example?: unknown;
}

function shown(description: string, schema: object, { optional, nullable, example }: ShownOptions = {}): PropertyDecorator {
  return ApiProperty({
    ...schema,
    description: nullable === undefined ? description : `${description} Null: ${nullable}.`,
    required: optional === undefined,
    ...(nullable === undefined ? {} : { nullable: true }),
    ...(example === undefined ? {} : { example }),
  });
}

type Shows = (description: string, options?: ShownOptions) => PropertyDecorator;
const shows =
  (schema: object): Shows =>
  (description, options) =>
    shown(description, schema, options);

/**
 * A field of an answer: its type and its meaning. Answers are not validated, so there is no rule. Swagger resolves a type
 * lazily only from a function that is named `type`.
 */
export const Shown = {
  text: shows({ type: 'string' }),
  /** RFC 3339 in UTC. */
  time: shows({ type: 'string', format: 'date-time' }),
  whole: shows({ type: 'integer' }),
  number: shows({ type: 'number' }),
  /** Share from 0 to 1. */
  share: shows({ type: 'number', minimum: 0, maximum: 1 }),
  flag: shows({ type: 'boolean' }),
  texts: shows({ type: 'array', items: { type: 'string' } }),
  numbers: shows({ type: 'array', items: { type: 'number' } }),
  /** Object whose values are text. */
  textMap: shows({ type: 'object', additionalProperties: { type: 'string' } }),
  /** Free-form JSON object. */
  json: shows({ type: 'object', additionalProperties: true }),
  oneOf: (values: readonly (string | number)[], description: string, options?: ShownOptions): PropertyDecorator =>
    shown(description, { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: [...values] }, options),
  someOf: (values: readonly string[], description: string, options?: ShownOptions): PropertyDecorator =>
    shown(description, { type: 'array', items: { type: 'string', enum: [...values] } }, options),
  object: (type: () => Class, description: string, options?: ShownOptions): PropertyDecorator =>
    shown(description, { type: () => type() }, options),
  list: (type: () => Class, description: string, options?: ShownOptions): PropertyDecorator =>
    shown(description, { type: () => type(), isArray: true }, options),
  schema: (schema: object, description: string, options?: ShownOptions): PropertyDecorator => shown(description, schema, options),
};
