import { FILTER_OPERATORS } from '#libs/contracts/src/filter';
import type { SchemaObject } from '@nestjs/swagger';

const FILTER = { $ref: '#/components/schemas/Filter' };

function group(name: string, of: SchemaObject | typeof FILTER): SchemaObject {
  return { type: 'object', additionalProperties: false, required: [name], properties: { [name]: of } };
}

/** The shape of a filter, for the document; libs/matching checks filters, and knows which operator takes which value. */
export const FILTER_SCHEMA: SchemaObject = {
  description: 'Conditions on the envelope: one, or several under `all`, `any` or `not`.',
  example: {
    all: [{ path: 'data.amount', op: 'gte', value: 1_000 }, { not: { path: 'data.tags', op: 'contains', value: 'test' } }],
  },
  oneOf: [
    {
      type: 'object',
      additionalProperties: false,
      required: ['path', 'op'],
      properties: {
        path: { type: 'string', description: '`event`, `data.pipeline`, `data.owner.id`.' },
        op: { type: 'string', enum: [...FILTER_OPERATORS] },
        value: { description: 'Of the kind that `op` compares with.' },
      },
    },
    group('all', { type: 'array', minItems: 1, items: FILTER }),
    group('any', { type: 'array', minItems: 1, items: FILTER }),
    group('not', FILTER),
  ],
};
