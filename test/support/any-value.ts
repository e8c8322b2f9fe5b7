import fc from 'fast-check';
import type { OpenApiDocument, Schema } from './contract.js';
import { resolved } from './sample.js';

/** A filter has filters in it, without an end. */
const DEPTH_MAX = 5;
const anything = fc.jsonValue({ maxDepth: 2 });
const anyText = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', ' ', '*', 'deal.won', '2026-02-30T00:00:00Z')); // prettier-ignore

/** Values of a schema, and now and then one of another kind, for property tests over the OpenAPI document. */
export function anyValue(schema: Schema, document: OpenApiDocument, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fitting(schema, document, depth), weight: 9 }, { arbitrary: anything, weight: 1 });
}

function fitting(schema: Schema, document: OpenApiDocument, depth: number): fc.Arbitrary<unknown> {
  const {
    oneOf,
    enum: values,
    type,
    format,
    example,
    required = [],
    properties = {},
    items,
    ...rest
  } = resolved(schema, document);
  if (depth > DEPTH_MAX) return anything;
  if (values) return fc.constantFrom(...values);
  if (oneOf) return fc.oneof(...oneOf.map((one) => fitting(one, document, depth + 1)));
  const [kind] = [type].flat();
  switch (kind) {
    case 'object': {
      const fields = Object.entries(properties);
      if (fields.length === 0) return fc.dictionary(anyText, anything, { maxKeys: 3 });
      const any = Object.fromEntries(fields.map(([name, field]) => [name, anyValue(field, document, depth + 1)]));
      return fc.record(any, { requiredKeys: required });
    }
    case 'array':
      return fc.array(anyValue(items!, document, depth + 1), { maxLength: 3 });
    case 'integer':
      return fc.integer({ min: (rest.minimum ?? -1) - 1, max: Math.min((rest.maximum ?? 10) + 1, 1_000_000) });
    case 'number':
      return fc.double({ min: (rest.minimum ?? -1) - 1, max: (rest.maximum ?? 10) + 1, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'string': {
      const times = fc
        .date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2030-01-01') })
        .map((one) => one.toISOString());
      return fc.oneof(format === 'date-time' ? times : anyText, fc.constant(example ?? 'x'.repeat(rest.minLength ?? 1)));
    }
    default:
      return anything;
  }
}
