import type { OpenAPIObject, OperationObject } from '@nestjs/swagger';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { profiles } from '#libs/profiles/src/profiles';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';
import { stumblesIn } from '../support/english.mjs';
import { OPERATION_DESCRIPTIONS } from '../../services/gateway/src/openapi/operation-descriptions.js';

let document: OpenAPIObject;
let operations: { at: string; operation: OperationObject }[];

beforeAll(async () => {
  document = JSON.parse(JSON.stringify(await previewOpenApiDocument())) as OpenAPIObject;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, OperationObject>).map(([method, operation]) => ({
      at: `${method} ${path}`,
      operation,
    })),
  );
});

it('is OpenAPI 3.1, its references lead somewhere, and its examples are valid against their own schemas', async () => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      'no-invalid-schema-examples': 'error',
      'no-invalid-parameter-examples': 'error',
      'no-invalid-media-type-examples': 'error',
      'no-unused-components': 'error',
      'operation-operationId': 'error',
      // The software is not licensed to anyone; the document is served by the server it describes.
      'info-license': 'off',
    },
  });
  const mistakes = await lintFromString({ source: JSON.stringify(document), config });
  expect(mistakes.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  expect(document.openapi).toBe('3.1.0');
});

it('says null as JSON Schema does', () => {
  expect(JSON.stringify(document)).not.toContain('"nullable"');
});

it('names every operation as a program would call it, once, in a group that is described', () => {
  const names = operations.map(({ operation }) => operation.operationId!);
  expect(names.filter((name) => !/^[a-z]+[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const tags = document.tags!.map(({ name }) => name);
  expect(operations.filter(({ operation: { tags: own = [] } }) => own.length !== 1 || !tags.includes(own[0]!))).toEqual([]);
});

it('says of every path parameter what it looks like, and of every id that it may not be found', () => {
  const vague = operations.filter(({ operation: { parameters = [], responses } }) =>
    (parameters as { in: string; schema?: { pattern?: string } }[]).some(
      (parameter) => parameter.in === 'path' && (parameter.schema?.pattern === undefined || !('404' in responses)),
    ),
  );
  expect(vague.map(({ at }) => at)).toEqual([]);
});

it('describes every operation, and no other', () => {
  expect(operations.filter(({ operation }) => !operation.description).map(({ at }) => at)).toEqual([]);
  const names = operations.map(({ operation }) => operation.operationId);
  expect(Object.keys(OPERATION_DESCRIPTIONS).filter((name) => !names.includes(name))).toEqual([]);
});

interface Described {
  description?: string;
  type?: string | string[];
  anyOf?: unknown[];
  oneOf?: unknown[];
}

it('describes every parameter and every field with its unit, and says what null means', () => {
  const fields = Object.entries(document.components!.schemas as Record<string, { properties?: Record<string, Described> }>)
    .filter(([name]) => name !== 'Filter')
    .flatMap(([name, schema]) =>
      Object.entries(schema.properties ?? {}).map(([field, described]) => ({ at: `${name}.${field}`, field, described })),
    );
  const parameters = operations.flatMap(({ at, operation }) =>
    ((operation.parameters as { name: string; description?: string }[] | undefined) ?? []).map((parameter) => ({
      at: `${at} ${parameter.name}`,
      field: parameter.name,
      described: parameter as Described,
    })),
  );
  const all = [...fields, ...parameters];
  expect(all.length).toBeGreaterThan(300);
  expect(all.filter(({ described }) => !described.description).map(({ at }) => at)).toEqual([]);
  const mayBeNull = ({ type, anyOf = [], oneOf = [] }: Described): boolean =>
    JSON.stringify([type, anyOf, oneOf]).includes('"null"');
  expect(
    all.filter(({ described }) => mayBeNull(described) && !described.description!.includes('Null:')).map(({ at }) => at),
  ).toEqual([]);
  const units: [suffix: string, unit: string][] = [
    ['_ms', ' ms'],
    ['_seconds', 'second'],
    ['_bytes', 'byte'],
  ];
  const unit = (field: string): string => units.find(([suffix]) => field.endsWith(suffix))?.[1] ?? '';
  expect(all.filter(({ field, described }) => !described.description!.includes(unit(field))).map(({ at }) => at)).toEqual([]);
});

it('opens no summary and no description with a headless clause', () => {
  const texts = [...JSON.stringify(document).matchAll(/"(?:summary|description)":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text]) => JSON.parse(text!) as string,
  );
  expect(texts.length).toBeGreaterThan(400);
  expect(texts.filter((text) => stumblesIn(text).some(({ problem }) => problem.startsWith('opens')))).toEqual([]);
});

it('tells what a receiver gets under each profile, its signature header and what its answers mean', () => {
  const { webhooks } = document as OpenAPIObject & {
    webhooks: Record<
      string,
      { post: OperationObject & { requestBody: { content: Record<string, { schema: { required: string[] } }> } } }
    >;
  };
  expect(Object.keys(webhooks)).toEqual([...profiles.keys()]);
  for (const { name, envelope, signatureHeader } of profiles.values()) {
    const { post } = webhooks[name]!;
    expect(post.requestBody.content['application/json']!.schema.required).toEqual(envelope);
    const headers = (post.parameters as { name: string }[]).map((one) => one.name);
    expect(headers).toEqual(expect.arrayContaining(['webhook-id', 'webhook-timestamp', 'webhook-signature']));
    expect(headers.includes(signatureHeader ?? 'webhook-id')).toBe(true);
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['2XX', '410', '429', '503']));
  }
});
