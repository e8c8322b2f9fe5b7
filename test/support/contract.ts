import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const API = '/api/v1';

export interface Exchange {
  method: string;
  /** Below `/api/v1`, with its query. */
  path: string;
  requestBody?: unknown;
  status: number;
  headers: Headers;
  body: unknown;
}

/** The part of JSON Schema that tests read. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  example?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  additionalProperties?: unknown;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}
interface Reference {
  $ref?: string;
}
interface Header extends Reference {
  required?: boolean;
  schema: Schema;
}
interface Content {
  content?: Record<string, { schema: Schema }>;
}
interface Response extends Reference, Content {
  headers?: Record<string, Header>;
}

export interface Operation {
  operationId: string;
  /** Scope that a key needs, `operator` for the operator's; without one, any key of an account. */
  security: { bearer?: string[] }[];
  parameters: { name: string; in: string; schema: Schema }[];
  requestBody?: Content;
  responses: Record<string, Response>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
}

/** An operation and where it is. */
export interface Route {
  method: string;
  /** The whole path template, `/api/v1/webhooks/{id}`. */
  template: string;
  operation: Operation;
}

/**
 * Checks a gateway's answers against its OpenAPI document. An answer's operation, status, content type, headers and fields must
 * be documented. So must those of an accepted request.
 */
export class Contract {
  private static readonly known = new Map<string, Promise<Contract>>();

  /** Routes of the management API: posts to inbound webhooks take any JSON and need no key. */
  readonly routes: Route[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly checks = new Map<string, ValidateFunction>();

  constructor(private readonly document: OpenApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'document');
    this.routes = Object.entries(document.paths)
      .filter(([template]) => template.startsWith(API))
      .flatMap(([template, item]) =>
        Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), template, operation })),
      );
  }

  /** The contract of a running gateway, read and compiled once. */
  static of(url: string): Promise<Contract> {
    const known =
      Contract.known.get(url) ??
      fetch(`${url}/api/openapi.json`).then(async (answer) => new Contract((await answer.json()) as OpenApiDocument));
    Contract.known.set(url, known);
    return known;
  }

  /** Throws an Error that names the operation, the status and what is wrong with the answer. */
  check(exchange: Exchange): void {
    const route = this.find(exchange.method, exchange.path);
    const mistakes = route ? this.mistakes(route, exchange) : mistakesOfNothing(exchange);
    if (mistakes.length === 0) return;
    const name = route
      ? `${route.method} ${route.template} (${route.operation.operationId})`
      : `${exchange.method} ${exchange.path}`;
    throw new Error(
      `${name} answered ${exchange.status}, and not as documented: ${mistakes.join('; ')}\n${JSON.stringify(exchange.body)}`,
    );
  }

  /** The operation of a request; of two that match, the one with fewer parameters. None where the path cannot be decoded. */
  private find(method: string, path: string): Route | undefined {
    const segments = `${API}${path}`.split('?')[0]!.split('/');
    if (segments.some((segment) => /%(?![0-9a-f]{2})/i.test(segment))) return undefined;
    const matches = this.routes.filter(({ method: own, template }) => {
      const parts = template.split('/');
      return (
        own === method &&
        parts.length === segments.length &&
        parts.every((part, n) => part.startsWith('{') || part === segments[n])
      );
    });
    return matches.sort((one, other) => parameterCount(one) - parameterCount(other))[0];
  }

  private mistakes({ method, template, operation }: Route, exchange: Exchange): string[] {
    const { status, headers, body } = exchange;
    const at = `/paths/${escaped(template)}/${method.toLowerCase()}`;
    const given = operation.responses[status];
    if (!given) return [`the status is not documented; ${Object.keys(operation.responses).join(', ')} are`];
    const pointer = given.$ref?.slice(1) ?? `${at}/responses/${status}`;
    const response = this.resolved<Response>(given);
    const type = headers.get('content-type')?.split(';')[0];
    const mistakes = this.headerMistakes(response, headers);
    if (!response.content) mistakes.push(...(body === null ? [] : ['a body is not documented']));
    else if (!type || !response.content[type]) mistakes.push(`the content type ${type} is not documented`);
    else mistakes.push(...this.schemaMistakes(`${pointer}/content/${escaped(type)}/schema`, body));
    if (status < 400) mistakes.push(...this.requestMistakes(operation, at, exchange));
    return mistakes;
  }

  private headerMistakes({ headers: documented = {} }: Response, headers: Headers): string[] {
    return Object.entries(documented).flatMap(([name, reference]) => {
      const { required = false, schema } = this.resolved<Header>(reference);
      const value = headers.get(name);
      if (value === null) return required ? [`the header ${name} is missing`] : [];
      return headerPattern(schema).test(value) ? [] : [`the header ${name} is ${value}`];
    });
  }

  /** An accepted request must be documented, too. */
  private requestMistakes({ parameters, requestBody }: Operation, at: string, { path, requestBody: sent }: Exchange): string[] {
    const query = [...new URL(path, 'http://any').searchParams.keys()];
    const unknown = query.filter((name) => !parameters.some((parameter) => parameter.in === 'query' && parameter.name === name));
    const mistakes = unknown.map((name) => `the query parameter ${name} is not documented`);
    const body: unknown = typeof sent === 'string' ? JSON.parse(sent) : sent;
    const isEmpty = body === undefined || JSON.stringify(body) === '{}';
    if (!requestBody) return isEmpty ? mistakes : [...mistakes, 'a request body is not documented'];
    return isEmpty ? mistakes : [...mistakes, ...this.schemaMistakes(`${at}/requestBody/content/application~1json/schema`, body)];
  }

  private schemaMistakes(pointer: string, value: unknown): string[] {
    const check =
      this.checks.get(pointer) ?? this.ajv.compile({ $ref: `document#${pointer.split('/').map(encodeURIComponent).join('/')}` });
    this.checks.set(pointer, check);
    return check(value) ? [] : check.errors!.map(inWords);
  }

  private resolved<T extends Reference>(reference: T): T {
    if (reference.$ref === undefined) return reference;
    const [, , kind, name] = reference.$ref.split('/');
    return this.document.components[kind!]![name!] as T;
  }
}

/** Values of a header, by its schema: numbers, `true`, or text of a pattern. */
function headerPattern({ type, pattern = '' }: Header['schema']): RegExp {
  return type === 'integer' ? /^\d+$/ : type === 'boolean' ? /^true$/ : new RegExp(pattern);
}

/** At an address that is not documented there is nothing. */
function mistakesOfNothing({ status, headers, body }: Exchange): string[] {
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  const isNothing = status === 401 || (status === 404 && (body as { code?: string } | null)?.code === 'not_found');
  return isNothing && isProblem ? [] : ['the operation is not documented'];
}

/** Objects that do not say what else they take, take nothing else. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpenObject = [copy['type']].flat().includes('object') && !('additionalProperties' in copy);
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}

function parameterCount({ template }: Route): number {
  return template.split('{').length;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  const which = Object.values(params as Record<string, unknown>)
    .map(String)
    .join(', ');
  return `${instancePath === '' ? 'it' : instancePath} ${message} (${which})`;
}
