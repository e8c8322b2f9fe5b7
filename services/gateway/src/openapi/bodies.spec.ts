import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filterProblems } from '#libs/matching/src/filter-problems';
import type { OpenAPIObject, SchemaObject } from '@nestjs/swagger';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { validated } from '../validation/validated.js';
import { previewOpenApiDocument } from './document.js';

/** The document and the validation come from the same classes, but from different decorators: here they are compared. */

type Body = Record<string, unknown>;
const folder = join(import.meta.dirname, '../../../../libs/api/src');
const files = readdirSync(folder).filter((file) => file.endsWith('.dto.ts'));
const modules = await Promise.all(files.map((file) => import(join(folder, file)) as Promise<Record<string, new () => object>>));
// Events are checked by ingestion, from their bytes.
const dtos = modules
  .flatMap(Object.entries<new () => object>)
  .filter(([name]) => name.endsWith('Dto') && name !== 'PublishEventDto');

let document: OpenAPIObject;
let ajv: Ajv2020;

beforeAll(async () => {
  document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenAPIObject;
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
});

it.each(dtos)('%s takes exactly what the document says', (name, type) => {
  const says = ajv.getSchema(`document#/components/schemas/${name}`) as ValidateFunction;
  const base = smallest(schemaOf({ $ref: `#/components/schemas/${name}` }));
  expect([says(base), takes(type, base)]).toEqual([true, true]);
  const different = variations(base, schemaOf({ $ref: `#/components/schemas/${name}` })).filter(
    (body) => says(body) !== takes(type, body),
  );
  expect(different.map((body) => [JSON.stringify(body).slice(0, 200), says(body) ? 'only documented' : 'only taken'])).toEqual(
    [],
  );
});

function takes(type: new () => object, body: Body): boolean {
  try {
    validated(type, body);
  } catch {
    return false;
  }
  // What a filter means is checked where webhooks are.
  return body['filter'] == null || filterProblems(body['filter'], '').length === 0;
}

type Schema = SchemaObject & { $ref?: string };

/** Without references, and without the null of what may be null. */
function schemaOf(schema: Schema): Schema {
  if (schema.$ref) return schemaOf(document.components!.schemas![schema.$ref.split('/').at(-1)!] as Schema);
  const [inner] = (schema.anyOf ?? schema.allOf ?? []) as Schema[];
  return inner ? schemaOf(inner) : schema;
}

/** The body with what is required and nothing else. */
function smallest(schema: Schema): Body {
  return Object.fromEntries(
    (schema.required ?? []).map((field) => [field, sample(schemaOf(schema.properties![field] as Schema))]),
  );
}

function sample(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'object') return smallest(schema);
  if (schema.type === 'array') return [sample(schemaOf(schema.items as Schema))];
  if (schema.format === 'date-time') return '2099-03-21T14:30:00Z';
  return schema.type === 'string' ? 'x'.repeat(schema.minLength ?? 1) : (schema.minimum ?? 1);
}

/** The base with one field changed at a time: left out, null, every kind of value, and everything at its limits. */
function variations(base: Body, schema: Schema): Body[] {
  const bodies: Body[] = [{ ...base, unknown_field: 1 }];
  for (const [field, described] of Object.entries(schema.properties as Record<string, Schema>)) {
    const { [field]: _left, ...without } = base;
    bodies.push(without, ...values(schemaOf(described)).map((value) => ({ ...base, [field]: value })));
  }
  return bodies;
}

function values(schema: Schema): unknown[] {
  const ofAnyKind = [
    null,
    true,
    'true',
    0,
    -1,
    1.5,
    '',
    'x',
    'x x',
    'é',
    [],
    ['x'],
    [null],
    [1],
    {},
    { a: 1 },
    { a: 'b' },
    { a: null },
  ];
  const times = ['2099-01-01T00:00:00Z', '2099-01-01', '2099-02-30T00:00:00Z', '2099-01-01T00:00:00', 'yesterday'];
  const edges = [schema.minLength, schema.maxLength].flatMap((n) => (n === undefined ? [] : [n - 1, n, n + 1]));
  const numbers = [schema.minimum, schema.maximum].flatMap((n) => (n === undefined ? [] : [n - 1, n - 0.01, n, n + 0.5, n + 1]));
  const all = [
    ...ofAnyKind,
    ...times,
    ...numbers,
    ...(schema.enum ?? []),
    ...edges.filter((n) => n >= 0).map((n) => 'x'.repeat(n)),
  ];
  if (schema.type === 'array') {
    const items = schemaOf(schema.items as Schema);
    const counts = [1, schema.maxItems ?? 1, (schema.maxItems ?? 1) + 1];
    all.push(
      ...counts.map((count) => Array.from({ length: count }, () => sample(items))),
      ...values(items).map((item) => [item]),
    );
  }
  if (schema.properties) all.push(...variations(smallest(schema), schema));
  return all;
}
