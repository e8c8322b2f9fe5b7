import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './generated/paths.js';

/** A resource or a body of the API by its name in the OpenAPI document: `Schema<'WebhookView'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];
export type ApiClient = Client<paths>;

/**
 * A client of the management API with the types of its OpenAPI document: paths, parameters, bodies and answers. A failure is
 * not thrown: it is `error`, a problem with its stable `code`.
 */
export function createApiClient(baseUrl: string, key: string): ApiClient {
  return createFetchClient<paths>({
    baseUrl,
    headers: { authorization: `Bearer ${key}` },
    // As the document says of lists in a query: `?status=active,paused`.
    querySerializer: { array: { style: 'form', explode: false } },
  });
}
