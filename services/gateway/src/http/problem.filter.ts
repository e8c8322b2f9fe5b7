import { Problem, problemCodes, type ProblemCode } from '#libs/problem/src/problem';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { grpcError } from '../grpc/grpc-server.js';

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

/** Of an address that no route could have, which the framework answers before any filter is asked. */
export function answerNowhere(_error: unknown, _request: unknown, reply: FastifyReply): void {
  sendProblem(reply, new Problem('not_found', problemCodes.not_found.title));
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  const { retryAfterSeconds, errors } = problem.extras;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  void reply
    .status(problem.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `https://tidings.dev/problems/${problem.code}`,
        title: problemCodes[problem.code].title,
        status: problem.status,
        detail: problem.detail,
        code: problem.code,
        ...(errors ? { errors } : {}),
      }),
    );
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
