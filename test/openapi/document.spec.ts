import type { OpenAPIObject, OperationObject } from '@nestjs/swagger';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { previewOpenApiDocument } from '../../services/gateway/src/openapi/document.js';

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
