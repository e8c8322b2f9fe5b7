import type { FilterOperator } from '#libs/contracts/src/filter';
import { DATA_PATH } from '#libs/matching/src/data-path';
import type { SchemaObject } from '@nestjs/swagger';

type Schema = SchemaObject | { $ref: string };

const FILTER = { $ref: '#/components/schemas/Filter' };
const PATH: Schema = {
  type: 'string',
  pattern: `^(id|event|timestamp)$|${DATA_PATH.source}`,
  example: 'data.amount',
  description:
    'Dotted, from the envelope: `event`, `data.owner.id`. A number is an element of a list: `data.items.0.sku`; any other name is ' +
    'looked for in every element, and what is found is a list: `data.tags.name`.',
};
const SCALAR: Schema = { type: ['string', 'number', 'boolean', 'null'] };

/** The shape of a filter, for the document. libs/matching checks filters, and a test compares the two. */
export const FILTER_SCHEMA: SchemaObject = {
  description:
    'A condition on the envelope, or several under `all`, `any` or `not`: at most 50, at most 5 levels deep. Capital and small ' +
    'letters are different. A text that is a number of at most 16 characters (`"50000.00"`; not `"007"` or `"+1"`) is that number ' +
    'when it is compared with one. RFC 3339 times (`2026-03-21T14:30:00Z`) are equal when they are the same instant.',
  example: {
    all: [{ path: 'data.amount', op: 'gte', value: 1_000 }, { not: { path: 'data.tags', op: 'contains', value: 'test' } }],
  },
  oneOf: [
    condition(
      ['eq', 'ne', 'contains'],
      '`eq`: is this value; what is not there is null. `ne`: is not, which holds for what is not there, too. `contains`: a list has ' +
        'this value, or a text has it as a part. A list is neither `eq` nor `in` anything.',
      { value: SCALAR },
    ),
    condition(
      ['gt', 'gte', 'lt', 'lte'],
      'Two numbers by their value, also when they are text; two RFC 3339 times as instants; two other texts by their characters. ' +
        'Nothing else is more or less, and what is not there is neither.',
      { value: { type: ['string', 'number'] } },
    ),
    condition(['in'], 'Is one of these values, as with `eq`.', {
      value: { type: 'array', minItems: 1, maxItems: 100, items: SCALAR },
    }),
    condition(['starts_with'], 'A text begins so.', { value: { type: 'string', minLength: 1 } }),
    condition(
      ['exists'],
      'Is there, if only as null; with `false`: is not there.',
      { value: { type: 'boolean', default: true } },
      [],
    ),
    condition(
      ['changed'],
      'Is not what it was: by `previous_stage` or `old_stage` beside `stage` or `new_stage`, else by the last event of the same ' +
        'record (`key`) that had the field. Where nothing tells what it was, it does not hold: for the first event of a record, for ' +
        'the first after the filter was made, and after 32 days without one.',
      { value: { type: 'boolean', enum: [true] } },
      [],
    ),
    object({ all: { type: 'array', minItems: 1, items: FILTER } }),
    object({ any: { type: 'array', minItems: 1, items: FILTER } }),
    object({ not: FILTER }),
  ],
};

function condition(
  ops: FilterOperator[],
  description: string,
  value: Record<string, Schema>,
  required = Object.keys(value),
): SchemaObject {
  return { description, ...object({ path: PATH, op: { type: 'string', enum: ops }, ...value }, ['path', 'op', ...required]) };
}

function object(properties: Record<string, Schema>, required = Object.keys(properties)): SchemaObject {
  return { type: 'object', additionalProperties: false, required, properties };
}
