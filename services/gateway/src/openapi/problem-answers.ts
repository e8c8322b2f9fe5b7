import { problemCodes, type ProblemCode } from '#libs/problem/src/problem';
import type { HeaderObject, HeadersObject, ReferenceObject, ResponseObject, SchemaObject } from '@nestjs/swagger';

/** Every failure: RFC 9457. */
const PROBLEM: SchemaObject = {
  type: 'object',
  description: 'Failure (RFC 9457). Programs read `code`, which is never renamed; `detail` is for people.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'URI of the kind of problem, made of `code`.' },
    title: { type: 'string', description: 'Kind of problem in words.' },
    status: { type: 'integer', description: 'HTTP status.' },
    detail: { type: 'string', description: 'Mistake in words, and what to do.' },
    code: { type: 'string', enum: Object.keys(problemCodes), description: 'Kind of problem for programs.' },
    errors: {
      type: 'array',
      description: 'Mistakes in the request, at most one for each field.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) into the body or the query.' },
          detail: { type: 'string', description: 'Mistake in words.' },
        },
      },
    },
  },
};

const number = (description: string, minimum: number): HeaderObject => ({
  description,
  required: true,
  schema: { type: 'integer', minimum },
});

/** On every answer to a key that is known. */
const RATE_LIMIT: HeadersObject = {
  'X-RateLimit-Limit': number(
    'Requests a minute for this key. Publishing events has a minute of its own, with 60 times as many.',
    1,
  ),
  'X-RateLimit-Remaining': number('Requests left in this minute.', 0),
  'X-RateLimit-Reset': number('Seconds until the next minute begins.', 0),
};
/** On answers to a POST with an Idempotency-Key. */
const REPLAYED: HeadersObject = {
  'Idempotency-Replayed': { description: 'This is the first answer again.', schema: { type: 'boolean', enum: [true] } },
};
const AUTHENTICATE: HeadersObject = {
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110).',
    required: true,
    schema: { type: 'string', pattern: '^Bearer ' },
  },
};
const RETRY_AFTER: HeadersObject = { 'Retry-After': number('Seconds to wait.', 1) };

export const rateLimitHeaders = references(RATE_LIMIT);
export const replayedHeader = references(REPLAYED);

/** The parts of the document that every operation refers to; `problemResponses` adds to `responses`. */
export function sharedComponents() {
  const responses: Record<string, ResponseObject> = {};
  return { schemas: { Problem: PROBLEM }, headers: { ...RATE_LIMIT, ...REPLAYED, ...AUTHENTICATE, ...RETRY_AFTER }, responses };
}

/** The answers of an operation that can fail with `codes`, by status. Each set of codes is one component, named by them. */
export function problemResponses(
  codes: ProblemCode[],
  responses: Record<string, ResponseObject>,
): Record<string, ReferenceObject> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes))
    byStatus.set(problemCodes[code].status, [...(byStatus.get(problemCodes[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => {
      const name = ofStatus.join('_or_');
      responses[name] ??= problemResponse(status, ofStatus);
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function problemResponse(status: number, codes: ProblemCode[]): ResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${problemCodes[code].title}`).join('; '),
    headers: { ...headersOf(status, codes), ...(status === 429 || status === 503 ? references(RETRY_AFTER) : {}) },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { status: { enum: [status] }, code: { enum: codes } } },
          ],
        },
      },
    },
  };
}

/** A request without a valid key has no rate limit to show. Neither has one whose key could not be looked up. */
function headersOf(status: number, codes: ProblemCode[]): HeadersObject {
  if (status === 401) return codes.includes('unauthorized') ? references(AUTHENTICATE) : {};
  if (status !== 503) return rateLimitHeaders;
  return Object.fromEntries(Object.entries(RATE_LIMIT).map(([name, header]) => [name, { ...header, required: false }]));
}

function references(headers: HeadersObject): HeadersObject {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
