import type { ProblemCode } from '#libs/problem/src/problem';
import type { OperationObject, PathItemObject, ReferenceObject, SchemaObject } from '@nestjs/swagger';

/** Where others post to. The route reads raw bytes and no key, so decorators cannot describe it. */
export const INBOUND_PATH = '/in/{token}';

export const INBOUND_PROBLEMS: ProblemCode[] = [
  'inbound_webhook_not_found',
  'unverified',
  'invalid_json',
  'body_too_large',
  'unavailable',
];

const ID: SchemaObject = {
  type: 'string',
  description: 'Id of the event, or of the rejected event (`rej_…`) when the body did not become one.',
};
const RECEIPT: SchemaObject = {
  oneOf: [
    { type: 'object', required: ['id'], properties: { id: ID } },
    {
      type: 'object',
      required: ['ids'],
      properties: {
        ids: { type: 'array', items: ID, description: 'Ids of the elements, in their order. The answer to a list has them.' },
      },
    },
  ],
};

export function inboundPath(responses: Record<string, ReferenceObject>): PathItemObject {
  const post: OperationObject = {
    operationId: 'receiveInbound',
    summary: 'Receives what others post to an inbound webhook',
    tags: ['Inbound webhooks'],
    security: [],
    parameters: [
      {
        name: 'token',
        in: 'path',
        required: true,
        description: "Token of the inbound webhook's URL, at least 128 bits.",
        schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
      },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: {} } } },
    responses: {
      '202': { description: 'Stored', content: { 'application/json': { schema: RECEIPT } } },
      ...responses,
    },
  };
  return { post };
}
