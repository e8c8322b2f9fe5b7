import { FILTER_SCHEMA } from '#libs/api/src/filter.schema';
import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
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
import { NEEDS_EXTENSION, PROBLEMS_EXTENSION } from '../route/describe.js';
import { INBOUND_PATH, INBOUND_PROBLEMS, inboundPath } from './inbound-path.js';
import { OPERATION_DESCRIPTIONS } from './operation-descriptions.js';
import { problemResponses, rateLimitHeaders, replayedHeader, sharedComponents } from './problem-answers.js';
import { receivedWebhooks } from './receivers.js';

const BODY_PROBLEMS = ['invalid_json', 'body_too_large', 'unsupported_media_type', 'validation_failed'] as const;
const IDEMPOTENCY_PROBLEMS = ['bad_request', 'idempotency_key_in_use', 'idempotency_key_reused'] as const;
/** Path parameters by name, and what each looks like. */
const NAMED_IN_PATHS: Record<string, RegExp> = { id: ID_PATTERN, webhook_id: ID_PATTERN, name: EVENT_TYPE_PATTERN };
const PATH_DESCRIPTIONS: Record<string, string> = {
  id: 'Id of the resource.',
  webhook_id: 'Id of the webhook.',
  name: 'Name of the event type.',
};
const IDEMPOTENCY_KEY: ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Makes this request happen once: the same again within 24 hours is answered as it was the first time.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};
const TIDINGS_ACCOUNT: ParameterObject = {
  name: 'Tidings-Account',
  in: 'header',
  description: "Account that the operator's key acts for. The audit log shows `operator`. A key of an account ignores it.",
  schema: { type: 'string', pattern: ID_PATTERN.source },
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** An operation with the extensions that `Needs` and `Problems` leave on its route. */
type Described = OperationObject & { [NEEDS_EXTENSION]?: string; [PROBLEMS_EXTENSION]?: ProblemCode[] };

/**
 * Completes the document that Nest makes from routes and DTOs. It adds the key that an operation needs, its
 * problems, the headers of every answer, and the shape of ids.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  const { schemas, headers, responses } = sharedComponents();
  const dtos = (document.components?.schemas ?? {}) as Record<string, SchemaObject>;
  for (const [method, operation] of operations(document)) {
    operation.description = OPERATION_DESCRIPTIONS[operation.operationId ?? ''] ?? '';
    const { [NEEDS_EXTENSION]: scope, [PROBLEMS_EXTENSION]: own = [] } = operation;
    delete operation[NEEDS_EXTENSION];
    delete operation[PROBLEMS_EXTENSION];
    // A route for any key of an account needs no scope.
    operation.security = scope === undefined ? [] : [{ bearer: scope === 'account' ? [] : [scope] }];
    const isIdempotent = method === 'post' && scope !== undefined;
    if (isIdempotent) operation.parameters = [...parametersOf(operation), IDEMPOTENCY_KEY];
    const isOfAccount = scope !== undefined && scope !== 'operator';
    if (isOfAccount) operation.parameters = [...parametersOf(operation), TIDINGS_ACCOUNT];
    const answerHeaders = { ...(scope === undefined ? {} : rateLimitHeaders), ...(isIdempotent ? replayedHeader : {}) };
    const problems = [
      ...own,
      ...problemsOf(operation),
      ...(isOfAccount ? (['account_not_found'] as const) : []),
      ...(isIdempotent ? IDEMPOTENCY_PROBLEMS : []),
    ];
    operation.responses = { ...withHeaders(operation.responses, answerHeaders), ...problemResponses(problems, responses) };
    for (const parameter of parametersOf(operation)) describe(parameter);
    describeBody(operation.requestBody, dtos);
  }
  for (const [name, schema] of Object.entries(dtos)) describeInput(name, schema);
  const inbound = inboundPath(problemResponses(INBOUND_PROBLEMS, responses));
  inbound.post!.description = OPERATION_DESCRIPTIONS[inbound.post!.operationId!] ?? '';
  return {
    ...document,
    paths: { ...document.paths, [INBOUND_PATH]: inbound },
    webhooks: receivedWebhooks(),
    components: { ...document.components, schemas: { ...dtos, ...schemas, Filter: FILTER_SCHEMA }, headers, responses },
  };
}

function operations(document: OpenAPIObject): [string, Described][] {
  return Object.values(document.paths).flatMap((item: PathItemObject) =>
    METHODS.flatMap((method) => (item[method] ? [[method, item[method]] as [string, Described]] : [])),
  );
}

function withHeaders(responses: OperationObject['responses'], headers: HeadersObject): OperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [status, { ...response, headers } as ResponseObject]),
  );
}

function parametersOf(operation: OperationObject): ParameterObject[] {
  return (operation.parameters ?? []) as ParameterObject[];
}

/** Problems that follow from what an operation takes: a key, an id, a query, a cursor or a body. */
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

/** Path parameters are ids or event types. Several values of one query parameter are separated by commas. */
function describe(parameter: ParameterObject): void {
  const pattern = NAMED_IN_PATHS[parameter.name];
  if (parameter.in === 'path') parameter.description ??= PATH_DESCRIPTIONS[parameter.name] ?? '';
  if (parameter.in === 'path' && pattern) parameter.schema = { type: 'string', pattern: pattern.source };
  const isList = parameter.schema !== undefined && 'type' in parameter.schema && parameter.schema.type === 'array';
  if (parameter.in === 'query' && isList) Object.assign(parameter, { style: 'form', explode: false });
}

/** A body of which nothing is required may be left out. */
function describeBody(body: OperationObject['requestBody'], dtos: Record<string, SchemaObject>): void {
  if (!body || '$ref' in body) return;
  const schema = body.content['application/json']!.schema!;
  body.required = !('$ref' in schema) || (dtos[schema.$ref.split('/').at(-1)!]!.required ?? []).length > 0;
}

/** Requests are closed: unknown fields are refused, and a change has no defaults. Answers may grow. */
function describeInput(name: string, schema: SchemaObject): void {
  if (name.endsWith('Dto')) schema.additionalProperties = false;
  if (!name.startsWith('Update')) return;
  for (const [field, { default: _unused, ...property }] of Object.entries(
    (schema.properties ?? {}) as Record<string, SchemaObject>,
  ))
    schema.properties![field] = property;
}
