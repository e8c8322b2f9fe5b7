import { Problem } from '#libs/problem/src/problem';
import { Catch, Logger, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/** Answers another service's question with the Problem that its handler threw. Any other error is logged and becomes `internal_error`. */
@Catch()
export class AnswerProblems implements RpcExceptionFilter {
  private readonly logger = new Logger('Rpc');

  catch(exception: unknown): Observable<never> {
    const problem = exception instanceof Problem ? exception : databaseProblem(exception);
    if (problem) return throwError(() => problem.toBody());
    this.logger.error(exception instanceof Error ? exception : String(exception));
    return throwError(() => new Problem('internal_error', 'Something went wrong on our side. It has been logged.').toBody());
  }
}

/** Returns `unavailable` when the database is away, which is nobody's mistake; null for any other error. */
function databaseProblem(error: unknown): Problem | null {
  const code =
    (error as { code?: string; driverError?: { code?: string } })?.driverError?.code ?? (error as { code?: string })?.code ?? '';
  const message = error instanceof Error ? error.message : '';
  const isAway =
    /^(08|57P0|53)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    // TypeORM's words for a connection that broke between two statements.
    /^QueryRunner(Provider)?AlreadyReleasedError$/.test(error instanceof Error ? error.name : '') ||
    /Connection terminated|timeout exceeded when trying to connect|Driver not Connected/i.test(message);
  return isAway
    ? new Problem('unavailable', 'The database does not answer at the moment. Try again.', { retryAfterSeconds: 1 })
    : null;
}
