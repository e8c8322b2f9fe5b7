import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../app.module.js';
import { GatewaySettings } from '../settings.js';
import { completed } from './completed.js';

/** The groups of operations, in the order in which a newcomer needs them. */
const TAGS = {
  Webhooks: 'Where events go: a URL, the types it wants, and what happens when its receiver fails.',
  Events: 'Events of the CRM: publishing, reading, and those that were rejected.',
  'Event types': 'Types that can be published and subscribed to: the catalog of the CRM, and types of your own.',
  'Inbound webhooks': 'Where others post what becomes an event: URLs of ours, who may post to them, and how.',
  Deliveries: 'One event for one webhook: its attempts, and retrying or cancelling it by hand.',
  Replays: 'Stored events sent again to a webhook, many at once, behind everything that is fresh.',
  Statistics: 'How many, how fast, and how receivers do: by the hour or by the day.',
  Notifications: 'Messages to admins: a webhook fails, was paused, or is about to lose held deliveries.',
  'API keys': 'Keys of the account, each with the scopes it needs.',
  'Audit log': 'Changes of resources, and who made them.',
  Accounts: "CRM customers: all of them for the operator's key, its own for a key of an account.",
};

const DESCRIPTION = `Delivers a CRM's events to its customers' servers as webhooks.

Every request names a key: \`Authorization: Bearer tdk_…\`. Times are RFC 3339 in UTC. A list answers
\`{"data": […], "next_cursor": …}\`; ask for the next page with \`?cursor=\`. Failures are \`application/problem+json\` with a
stable \`code\`. A resource of another account answers 404.`;

const KEYS = `The operator's key manages accounts (\`operator\` below). An account's keys do everything else, as far as their
scopes go. With the header \`Tidings-Account\`, the operator's key does everything for that account as well. A scope to write covers the one to read, \`*\` covers all, and an operation without a scope takes any of these keys.`;

/** OpenAPI 3.1 from the running code. A route's method is named as its operation: \`createWebhook\`. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Tidings')
    .setDescription(DESCRIPTION)
    .setVersion('1.0')
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'The gateway that serves this document')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'tdk_…', description: KEYS });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return completed(
    SwaggerModule.createDocument(app, builder.build(), {
      operationIdFactory: (_controller, method) => method,
      onlyIncludeDecoratedEndpoints: true,
    }),
  );
}

/** The document at /api/openapi.json, and a page to read and try it at /api/docs. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'api/openapi.json' });
}

/** The document from the classes alone: in Nest's preview nothing is made, connected or listened to. */
export async function previewOpenApiDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(new GatewaySettings()), new FastifyAdapter(), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
  return openApiDocument(app);
}
