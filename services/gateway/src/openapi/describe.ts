import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';

/** A route that answers one resource. */
export function Answers(status: number, summary: string, view?: Type): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...(view ? { type: view } : {}) }),
    ApiResponse({
      status: 'default',
      description: 'A problem (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}

/** A route that answers a page of resources. */
export function AnswersPage(summary: string, view: Type): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(view),
    ApiOperation({ summary }),
    ApiResponse({
      status: 200,
      description: summary,
      schema: {
        type: 'object',
        required: ['data', 'next_cursor'],
        properties: {
          data: { type: 'array', items: { $ref: getSchemaPath(view) } },
          next_cursor: { type: 'string', nullable: true },
        },
      },
    }),
    ApiResponse({
      status: 'default',
      description: 'A problem (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}
