import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import type { Doorkeeper } from './doorkeeper.js';

export interface RequestOfCaller extends FastifyRequest {
  caller: Caller;
}

/**
 * Asks every request of the API for its key before its body is read and whatever its address: strangers cost us no body, and
 * every answer to a key, also to one that is mistaken, tells in three headers what is left of the key's minute.
 */
export function identifyCallers(fastify: FastifyInstance, doorkeeper: Doorkeeper): void {
  fastify.addHook('onRequest', async (request, reply) => {
    // The route's own address where there is a route: the client may write it in other ways.
    if (!(request.routeOptions.url ?? request.url).startsWith('/api/v1/')) return;
    const caller = await doorkeeper.identify(request.headers.authorization, ({ limit, remaining, resetSeconds }) => {
      void reply.headers({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': resetSeconds });
    });
    Object.assign(request, { caller });
  });
}
