import { jsonMistake } from '#libs/problem/src/json-mistake';
import { Problem } from '#libs/problem/src/problem';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EVENTS_ROUTE } from '../route/events-route.js';

const BODY_BYTES_MAX = 256 * 1024;
/** `POST /events` takes up to 100 events of at most 256 KiB each; this bounds them together. */
export const EVENTS_BODY_BYTES_MAX = 5 * 1024 * 1024;
const INBOUND_ROUTE = '/in/:token';

export interface RequestWithText extends FastifyRequest {
  /** The body as it came. `POST /events` passes it on unparsed, so that its bytes stay as they are. */
  text?: string;
}

/**
 * Reads bodies up to their limit. Events stay text. A post to an inbound webhook stays bytes, because its signature is checked
 * before it is decoded. All other bodies are parsed.
 */
export function useBodyParser(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = route.url === EVENTS_ROUTE ? EVENTS_BODY_BYTES_MAX : BODY_BYTES_MAX;
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Senders of JSON name any content type, or none.
    if (request.routeOptions.url === INBOUND_ROUTE) request.headers['content-type'] = 'application/json';
    done();
  });
  // The framework's own parsers take plain text as well.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: RequestWithText, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
      try {
        done(null, request.routeOptions.url === INBOUND_ROUTE ? body : read(request, body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function read(request: RequestWithText, bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('invalid_json', 'The body is not valid UTF-8.');
  }
  request.text = text;
  if (request.routeOptions.url === EVENTS_ROUTE) return {};
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text) as unknown;
  } catch (error) {
    throw new Problem('invalid_json', `The body is not valid JSON: ${jsonMistake(error)}`);
  }
  // The framework would take it for no body.
  if (body === null) throw Problem.invalid({ pointer: '', detail: 'The body must be a JSON object.' });
  return body;
}
