import type { EnvelopeField } from '#libs/contracts/src/webhook-state';
import type { Profile } from '#libs/profiles/src/profile';
import { profiles } from '#libs/profiles/src/profiles';
import type { OperationObject, ParameterObject, PathItemObject, SchemaObject } from '@nestjs/swagger';

const FIELDS: Record<EnvelopeField, SchemaObject> = {
  id: { type: 'string', description: 'Id of the event, as in `webhook-id`.' },
  event: { type: 'string', description: 'Event type.' },
  timestamp: { type: 'string', format: 'date-time', description: 'When it happened, UTC.' },
  webhook_id: { type: 'string', description: 'Id of the webhook.' },
  account_id: { type: 'string', description: 'Id of the account.' },
  data: { type: 'object', additionalProperties: true, description: 'Data of the event.' },
};

const header = (name: string, description: string, required = true): ParameterObject => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

const STANDARD_HEADERS = [
  header('webhook-id', 'Id of the event: the same on every attempt and replay, so that a receiver can skip what it knows.'),
  header('webhook-timestamp', 'Time of the attempt, Unix seconds.'),
  header(
    'webhook-signature',
    '`v1,` and the base64 HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` (Standard Webhooks). Two signatures, separated by a space, while a secret is rotated.',
  ),
  header('user-agent', '`Tidings/` and the version.'),
  header('traceparent', 'Trace context (W3C) of the event, when its publisher sent one.', false),
];

/** The `webhooks` section: the request that a receiver gets, one for each profile. */
export function receivedWebhooks(): Record<string, PathItemObject> {
  return Object.fromEntries([...profiles.values()].map((profile) => [profile.name, { post: received(profile) }]));
}

function received({ name, envelope, signatureHeader, retryPolicy }: Profile): OperationObject {
  const own =
    signatureHeader === null
      ? []
      : [
          header(
            signatureHeader,
            'Lower-case hex HMAC-SHA256 of the raw body. It carries one signature; while two secrets sign, it is of the old one.',
          ),
        ];
  return {
    operationId: `receiveDelivery${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    security: [],
    summary: `Delivery under the profile ${name}`,
    description:
      'One line of JSON with its fields in this order, or the same as a form when the webhook asks for that; `PUT` and `PATCH` when it asks ' +
      `for those. An attempt times out after ${retryPolicy.timeoutMs / 1_000} seconds, and there are up to ${retryPolicy.maxRetries} retries, unless the ` +
      'webhook sets other values.',
    parameters: [...STANDARD_HEADERS, ...own],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: [...envelope],
            properties: Object.fromEntries(envelope.map((field) => [field, FIELDS[field]])),
          },
        },
      },
    },
    responses: {
      '2XX': { description: 'Success. The body is not needed; its first 1,000 characters are logged.' },
      '410': { description: 'The receiver wants no more: the webhook is disabled, and its deliveries are cancelled.' },
      '429': { description: 'Too many requests. `Retry-After`, at most 24 hours, is honoured for the whole webhook.' },
      '503': { description: 'Unavailable. `Retry-After`, at most 24 hours, is honoured for the whole webhook.' },
      default: { description: 'Failure, redirects included: the delivery is retried on its schedule.' },
    },
  };
}
