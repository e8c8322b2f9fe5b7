import { Problem } from '#libs/problem/src/problem';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.filter.js';

/**
 * Answers 405 with `Allow` for a method that an address does not have, before a key or a body is looked at. The framework answers
 * 404 by itself, as for an address that does not exist.
 */
export function answerMethods(fastify: FastifyInstance): void {
  const routes: { address: RegExp; methods: string[] }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    routes.push({ address: addressOf(url), methods: [method].flat() });
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.replace(/[?#].*$/s, '');
    const methods = routes.filter(({ address }) => address.test(path)).flatMap((route) => route.methods);
    if (methods.length === 0) return done();
    const allowed = [...new Set(methods)].sort().join(', ');
    void reply.header('allow', allowed);
    sendProblem(reply, new Problem('method_not_allowed', `This address has no ${request.method}: use ${allowed}.`));
  });
}

/** Matches every path that a route's `/webhooks/:id/*` stands for. */
function addressOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replaceAll(/[^A-Za-z0-9_-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('/')}$`);
}
