import type { FilterOperator } from '#libs/contracts/src/filter';
import type { SchemaObject } from '@nestjs/swagger';

type Schema = SchemaObject | { $ref: string };

const FILTER = { $ref: '#/components/schemas/Filter' };
const PATH: Schema = {
  type: 'string',
  pattern: '^(id|event|timestamp|data(\\.[^.\\s]{1,100}){1,10})$',
  example: 'data.amount',
  description: 'Dotted, from the envelope: `event`, `data.pipeline`, `data.owner.id`.',
};
const SCALAR: Schema = { type: ['string', 'number', 'boolean', 'null'] };

/** The shape of a filter, for the document. libs/matching checks filters, and a test compares the two. */
export const FILTER_SCHEMA: SchemaObject = {
  description: 'A condition on the envelope, or several under `all`, `any` or `not`: at most 50, at most 5 levels deep.',
  example: {
    all: [{ path: 'data.amount', op: 'gte', value: 1_000 }, { not: { path: 'data.tags', op: 'contains', value: 'test' } }],
  },
  oneOf: [
    condition(['eq', 'ne', 'contains'], { value: SCALAR }),
    condition(['gt', 'gte', 'lt', 'lte'], { value: { type: ['string', 'number'] } }),
    condition(['in'], { value: { type: 'array', minItems: 1, maxItems: 100, items: SCALAR } }),
    condition(['starts_with'], { value: { type: 'string', minLength: 1 } }),
    condition(['exists'], { value: { type: 'boolean', default: true } }, []),
    condition(['changed'], { value: { type: 'boolean', enum: [true] } }, []),
    object({ all: { type: 'array', minItems: 1, items: FILTER } }),
    object({ any: { type: 'array', minItems: 1, items: FILTER } }),
    object({ not: FILTER }),
  ],
};

function condition(ops: FilterOperator[], value: Record<string, Schema>, required = Object.keys(value)): SchemaObject {
  return object({ path: PATH, op: { type: 'string', enum: ops }, ...value }, ['path', 'op', ...required]);
}

function object(properties: Record<string, Schema>, required = Object.keys(properties)): SchemaObject {
  return { type: 'object', additionalProperties: false, required, properties };
}
