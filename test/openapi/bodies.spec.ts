import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../scripts/services.mjs';
import { filterProblems } from '#libs/matching/src/filter-problems';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import { validated } from '../../services/gateway/src/validation/validated.js';
import type { OpenApiDocument, Schema } from '../support/contract.js';
import { resolved, sample } from '../support/sample.js';

/** The document and the validation come from the same classes, but from different decorators: here they are compared. */

type Body = Record<string, unknown>;
const folder = join(projectDir, 'libs/api/src');
const files = readdirSync(folder).filter((file) => file.endsWith('.dto.ts'));
const modules = await Promise.all(files.map((file) => import(join(folder, file)) as Promise<Record<string, new () => object>>));
// Events are checked by ingestion, from their bytes.
const dtos = modules
  .flatMap(Object.entries<new () => object>)
  .filter(([name]) => name.endsWith('Dto') && name !== 'PublishEventDto');

let document: OpenApiDocument;
let ajv: Ajv2020;

beforeAll(async () => {
  document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenApiDocument;
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
});

it.each(dtos)('%s accepts exactly the bodies that the document describes', (name, type) => {
  const says = ajv.getSchema(`document#/components/schemas/${name}`) as ValidateFunction;
  const schema = document.components['schemas']![name] as Schema;
  const base = sample(schema, document) as Body;
  expect([says(base), takes(type, base)]).toEqual([true, true]);
  const different = variations(base, schema).filter((body) => says(body) !== takes(type, body));
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
  // A filter's meaning is checked where webhooks are handled.
  return body['filter'] == null || filterProblems(body['filter'], '').length === 0;
}

/** Objects within objects are varied; what is in them, filters within filters, no more. */
const DEPTH_MAX = 2;

/** The base with one field changed at a time: left out, null, every kind of value, and everything at its limits. */
function variations(base: Body, schema: Schema, depth = 1): Body[] {
  const bodies: Body[] = [{ ...base, unknown_field: 1 }];
  for (const [field, described] of Object.entries(schema.properties!)) {
    const { [field]: _left, ...without } = base;
    bodies.push(without, ...values(resolved(described, document), depth).map((value) => ({ ...base, [field]: value })));
  }
  return bodies;
}

function values(schema: Schema, depth: number): unknown[] {
  const ofAnyKind = [null, true, 'true', 0, -1, 1.5, '', 'x', 'x x', 'é', [], ['x'], [null], [1], {}, { a: 1 }, { a: 'b' }];
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
  if (schema.items) {
    const { items, maxItems = 1 } = schema;
    all.push(...[1, maxItems, maxItems + 1].map((count) => Array.from({ length: count }, () => sample(items, document))));
    all.push(...values(resolved(items, document), depth).map((item) => [item]));
  }
  for (const kind of depth < DEPTH_MAX ? (schema.oneOf ?? [schema]) : []) {
    const { properties } = resolved(kind, document);
    if (properties) all.push(...variations(sample(kind, document) as Body, resolved(kind, document), depth + 1));
  }
  return all;
}
