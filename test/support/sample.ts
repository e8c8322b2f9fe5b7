import type { OpenApiDocument, Schema } from './contract.js';

/** Resolves references, and takes the non-null branch of a nullable schema. */
export function resolved(schema: Schema, document: OpenApiDocument): Schema {
  const { $ref, anyOf, allOf } = schema;
  if ($ref !== undefined) return resolved(document.components['schemas']![$ref.split('/').at(-1)!] as Schema, document);
  const inner = (anyOf ?? allOf)?.[0];
  return inner ? resolved(inner, document) : schema;
}

/** The smallest value of a schema: its example, or required fields only. Takes the first of several kinds. */
export function sample(schema: Schema, document: OpenApiDocument): unknown {
  const { example, oneOf, enum: values, type, format, required = [], ...rest } = resolved(schema, document);
  if (example !== undefined) return example;
  if (oneOf) return sample(oneOf[0]!, document);
  if (values) return values[0];
  const [kind] = [type].flat();
  if (kind === 'object') return Object.fromEntries(required.map((field) => [field, sample(rest.properties![field]!, document)]));
  if (kind === 'array') return [sample(rest.items!, document)];
  if (format === 'date-time') return '2099-03-21T14:30:00Z';
  return kind === 'string' ? 'x'.repeat(rest.minLength ?? 1) : (rest.minimum ?? 1);
}
