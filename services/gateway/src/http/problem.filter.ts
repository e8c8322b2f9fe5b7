import { Problem, problemCodes, type ProblemCode } from '#libs/problem/src/problem';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { grpcError } from '../grpc/grpc-error.js';

/** Every failure as RFC 9457 `application/problem+json`, or as a gRPC status. Nothing of our inside is told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(exception: unknown, host: ArgumentsHost): Observable<never> | void {
    const problem = asProblem(exception);
    if (problem.code === 'internal_error') this.logger.error(exception instanceof Error ? exception : String(exception));
    if (host.getType() === 'rpc') return throwError(() => grpcError(problem));
    sendProblem(host.switchToHttp().getResponse<FastifyReply>(), problem);
  }
}

/** The answer to an address that cannot be decoded. */
export const NO_ADDRESS = new Problem('not_found', 'This address cannot be decoded.');

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { retryAfterSeconds } = problem.extras;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem.toDocument()));
}

const BY_STATUS: Record<number, ProblemCode> = {
  // Files outside of the documentation's.
  403: 'not_found',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

function asProblem(exception: unknown): Problem {
  if (exception instanceof Problem) return exception;
  const status = exception instanceof HttpException ? exception.getStatus() : (exception as { statusCode?: number }).statusCode;
  const isClients = status !== undefined && status >= 400 && status < 500;
  const code = BY_STATUS[status ?? 0] ?? (isClients ? 'bad_request' : undefined);
  if (code === undefined) return new Problem('internal_error', 'Something went wrong on our side. It has been logged.');
  // The framework's words for an unknown address repeat it, and whatever was put into it.
  const isTold = exception instanceof Error && code !== 'not_found';
  return new Problem(code, isTold ? exception.message : problemCodes[code].title);
}
