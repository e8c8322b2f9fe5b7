import type { ProblemCode } from '#libs/problem/src/problem';
import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtension,
  ApiExtraModels,
  ApiIncludeEndpoint,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
  type ApiResponseOptions,
} from '@nestjs/swagger';

/** Extensions that routes leave in the document; `completed` turns them into plain OpenAPI. */
export const NEEDS_EXTENSION = 'x-needs';
export const PROBLEMS_EXTENSION = 'x-problems';

/** A route that answers one resource, or nothing. */
export function Answers(status: number, summary: string, view?: Type): MethodDecorator {
  return answers(status, summary, view ? { type: view } : {});
}

/** A route that takes one of something or several, and answers in kind. */
export function AnswersInKind(status: number, summary: string, view: Type): MethodDecorator {
  return applyDecorators(ApiExtraModels(view), answers(status, summary, { schema: oneOrMany(view) }));
}

/** A route that answers a page of resources, or of strings. */
export function AnswersPage(summary: string, view: Type): MethodDecorator {
  const isText = view === String;
  return applyDecorators(
    ...(isText ? [] : [ApiExtraModels(view)]),
    answers(200, summary, {
      schema: {
        type: 'object',
        required: ['data', 'next_cursor'],
        properties: {
          data: { type: 'array', items: isText ? { type: 'string' } : { $ref: getSchemaPath(view) } },
          next_cursor: { type: 'string', nullable: true, description: '`cursor` of the next page; null on the last one.' },
        },
      },
    }),
  );
}

/** A route that answers server-sent events, each with one of these as the JSON of its data. */
export function AnswersEvents(summary: string, view: Type): MethodDecorator {
  const data = { contentSchema: { $ref: getSchemaPath(view) } };
  const content = { 'text/event-stream': { schema: { type: 'string', ...data } } };
  return applyDecorators(ApiExtraModels(view), answers(200, summary, { content }));
}

/** A route is part of the document when it says what it answers. */
function answers(status: number, summary: string, content: ApiResponseOptions): MethodDecorator {
  return applyDecorators(
    ApiIncludeEndpoint(),
    ApiOperation({ summary }),
    ApiResponse({ ...content, status, description: summary }),
  );
}

/** The problems that are a route's own, beside those that any route with a key, an id, a query or a body can answer. */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return ApiExtension(PROBLEMS_EXTENSION, codes);
}

/** One of a thing, or an array of up to 100. */
export function oneOrMany(type: Type) {
  const one = { $ref: getSchemaPath(type) };
  return { oneOf: [one, { type: 'array', minItems: 1, maxItems: 100, items: one }] };
}
