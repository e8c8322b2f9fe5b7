import { FILTER_SCHEMA } from '#libs/api/src/filter.schema';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import type { ProblemCode } from '#libs/problem/src/problem';
import type {
  HeadersObject,
  OpenAPIObject,
  OperationObject,
  ParameterObject,
  PathItemObject,
  ResponseObject,
  SchemaObject,
} from '@nestjs/swagger';
import { NEEDS_EXTENSION, PROBLEMS_EXTENSION } from './describe.js';
import { problemResponses, rateLimitHeaders, sharedComponents } from './problem-answers.js';

const BODY_PROBLEMS = ['invalid_json', 'body_too_large', 'unsupported_media_type', 'validation_failed'] as const;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** With what `Needs` and `Problems` said of its route. */
type Described = OperationObject & { [NEEDS_EXTENSION]?: string; [PROBLEMS_EXTENSION]?: ProblemCode[] };

/**
 * The document as Nest makes it from routes and DTOs, with what holds for all of them said in one place: which key each
 * operation needs, the problems that follow from what it takes, the headers of every answer, and what an id looks like.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  const { schemas, headers, responses } = sharedComponents();
  const dtos = (document.components?.schemas ?? {}) as Record<string, SchemaObject>;
  for (const operation of operations(document)) {
    const { [NEEDS_EXTENSION]: scope, [PROBLEMS_EXTENSION]: own = [] } = operation;
    delete operation[NEEDS_EXTENSION];
    delete operation[PROBLEMS_EXTENSION];
    operation.security = scope === undefined ? [] : [{ bearer: [scope] }];
    const answers = scope === undefined ? operation.responses : withHeaders(operation.responses, rateLimitHeaders);
    operation.responses = { ...answers, ...problemResponses([...own, ...problemsOf(operation)], responses) };
    for (const parameter of parametersOf(operation)) describe(parameter);
    describeBody(operation.requestBody, dtos);
  }
  for (const [name, schema] of Object.entries(dtos)) describeInput(name, schema);
  return {
    ...document,
    components: { ...document.components, schemas: { ...dtos, ...schemas, Filter: FILTER_SCHEMA }, headers, responses },
  };
}

function operations(document: OpenAPIObject): Described[] {
  return Object.values(document.paths).flatMap((item: PathItemObject) => METHODS.flatMap((method) => item[method] ?? []));
}

function withHeaders(responses: OperationObject['responses'], headers: HeadersObject): OperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [status, { ...response, headers } as ResponseObject]),
  );
}

function parametersOf(operation: OperationObject): ParameterObject[] {
  return (operation.parameters ?? []) as ParameterObject[];
}

/** What any operation can answer that takes a key, an id, a query, a cursor or a body. */
function problemsOf(operation: OperationObject): ProblemCode[] {
  const parameters = parametersOf(operation);
  const isOpen = operation.security!.length === 0;
  return [
    ...(isOpen ? [] : (['unauthorized', 'forbidden', 'rate_limited'] as const)),
    ...(parameters.some((parameter) => parameter.in === 'path') ? (['not_found'] as const) : []),
    ...(parameters.some((parameter) => parameter.in === 'query') ? (['validation_failed'] as const) : []),
    ...(parameters.some(({ name }) => name === 'cursor') ? (['invalid_cursor'] as const) : []),
    ...(operation.requestBody ? BODY_PROBLEMS : []),
    'unavailable',
  ];
}

/** A parameter named `id` is one of our ids; several values of one in a query are separated by commas. */
function describe(parameter: ParameterObject): void {
  if (parameter.in === 'path' && parameter.name === 'id') parameter.schema = { type: 'string', pattern: ID_PATTERN.source };
  const isList = parameter.schema !== undefined && 'type' in parameter.schema && parameter.schema.type === 'array';
  if (parameter.in === 'query' && isList) Object.assign(parameter, { style: 'form', explode: false });
}

/** A body of which nothing is required may be left out. */
function describeBody(body: OperationObject['requestBody'], dtos: Record<string, SchemaObject>): void {
  if (!body || '$ref' in body) return;
  const schema = body.content['application/json']!.schema!;
  body.required = !('$ref' in schema) || (dtos[schema.$ref.split('/').at(-1)!]!.required ?? []).length > 0;
}

/** What clients send is taken as it is described, and a change leaves alone what it does not name; what we answer may grow. */
function describeInput(name: string, schema: SchemaObject): void {
  if (name.endsWith('Dto')) schema.additionalProperties = false;
  if (!name.startsWith('Update')) return;
  for (const [field, { default: _unused, ...property }] of Object.entries(
    (schema.properties ?? {}) as Record<string, SchemaObject>,
  ))
    schema.properties![field] = property;
}
