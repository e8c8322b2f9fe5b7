import { Problem, problemCodes, type ProblemCode } from '#libs/problem/src/problem';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Answers every failure as RFC 9457 `application/problem+json`. An unexpected error is logged, and the client learns none of it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(exception: unknown, host: ArgumentsHost): void {
    const problem = asProblem(exception);
    if (problem.code === 'internal_error') this.logger.error(exception instanceof Error ? exception : String(exception));
    sendProblem(host.switchToHttp().getResponse<FastifyReply>(), problem);
  }
}

/** The answer to an address that cannot be decoded. */
export const NO_ADDRESS = new Problem('not_found', 'This address cannot be decoded.');

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { retryAfterSeconds } = problem.extras;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  // RFC 9110, 11.6.1: a 401 says how to authenticate.
  if (problem.code === 'unauthorized') void reply.header('www-authenticate', 'Bearer realm="Tidings"');
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem.toDocument()));
}

const BY_STATUS: Record<number, ProblemCode> = {
  // A file outside the documentation's folder.
  403: 'not_found',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** Returns what a client learns of a failure: `internal_error` unless it is a Problem, or the framework refused the request. */
export function asProblem(exception: unknown): Problem {
  if (exception instanceof Problem) return exception;
  const status = exception instanceof HttpException ? exception.getStatus() : (exception as { statusCode?: number }).statusCode;
  const isClients = status !== undefined && status >= 400 && status < 500;
  const code = BY_STATUS[status ?? 0] ?? (isClients ? 'bad_request' : undefined);
  if (code === undefined) return new Problem('internal_error', 'Something went wrong on our side. It has been logged.');
  if (code === 'unsupported_media_type') return new Problem(code, 'Send the body as JSON, with Content-Type: application/json.');
  // The framework's message for an unknown address repeats the address.
  const isShown = exception instanceof Error && code !== 'not_found';
  return new Problem(code, isShown ? exception.message : problemCodes[code].title);
}
