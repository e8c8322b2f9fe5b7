import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EVENTS_ROUTE } from '../route/events-route.js';
import type { Caller } from './caller.js';
import type { Doorkeeper } from './doorkeeper.js';

/** Names the account that the operator's key acts for. */
export const ACCOUNT_HEADER = 'tidings-account';

export interface RequestOfCaller extends FastifyRequest {
  caller: Caller;
}

/**
 * Identifies the caller of every request to the API before its body is read, so that a stranger's body costs nothing. Every
 * answer to a known key, failures included, says in three headers how much is left of the key's minute.
 */
export function identifyCallers(fastify: FastifyInstance, doorkeeper: Doorkeeper): void {
  fastify.addHook('onRequest', async (request, reply) => {
    // The matched route's own address, if there is one: a client can spell the same address in several ways.
    if (!(request.routeOptions.url ?? request.url).startsWith('/api/v1/')) return;
    const isPublishing = request.method === 'POST' && request.routeOptions.url === EVENTS_ROUTE;
    const { authorization, [ACCOUNT_HEADER]: account } = request.headers;
    const asked = { authorization, account: account === undefined ? undefined : String(account), isPublishing };
    const caller = await doorkeeper.identify(asked, ({ limit, remaining, resetSeconds }) => {
      void reply.headers({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': resetSeconds });
    });
    Object.assign(request, { caller });
  });
}
