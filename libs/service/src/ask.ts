import type { Call } from '#libs/contracts/src/calls/call';
import { serversAt } from '#libs/jetstream/src/connect';
import { Problem, type ProblemBody } from '#libs/problem/src/problem';
import { ArgumentsHost, Catch, Injectable, Logger, type RpcExceptionFilter } from '@nestjs/common';
import { ClientProxy, ClientProxyFactory, Transport, type NatsOptions } from '@nestjs/microservices';
import { firstValueFrom, throwError, timeout, type Observable } from 'rxjs';
import { requestContext } from './request-context.js';

/** How a service is asked over NATS: a lost server is tried for ever, a request is never kept for later. */
export function natsTransport(natsUrl: string, queue: string): NatsOptions {
  return {
    transport: Transport.NATS,
    options: {
      ...serversAt(natsUrl),
      queue,
      name: queue,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      waitOnFirstConnect: true,
      // Answers that are on their way have this long; Nest waits all of it.
      gracefulShutdown: true,
      gracePeriod: 1_000,
    },
  };
}

/** Asks another service and waits for its answer: NATS request/reply through Nest's transport. */
@Injectable()
export class Asker {
  private readonly client: ClientProxy;

  constructor(natsUrl: string, name: string) {
    this.client = ClientProxyFactory.create(natsTransport(natsUrl, name));
  }

  /**
   * Asks `call` and returns its answer. Throws the Problem that the other side threw, `body_too_large` when NATS takes no
   * message of this size, and `unavailable` when nobody answers in time. Any other error is ours: it is thrown as it is.
   */
  async ask<Payload extends object, Answer>(call: Call<Payload, Answer>, payload: Payload): Promise<Answer>;
  /** Until every question is declared. */
  async ask<Answer>(pattern: string, payload: object, timeoutMs?: number): Promise<Answer>;
  async ask<Answer>(asked: Call<object, Answer> | string, payload: object, timeoutMs = 1_800): Promise<Answer> {
    const call = typeof asked === 'string' ? { pattern: asked, timeoutMs, needs: null } : asked;
    const context = requestContext();
    try {
      const message = context === null ? payload : { ...payload, context };
      return await firstValueFrom(this.client.send<Answer>(call.pattern, message).pipe(timeout(call.timeoutMs)));
    } catch (error) {
      if (isProblemBody(error)) throw Problem.fromBody(error);
      if (error instanceof Error && error.message.includes('max_payload'))
        throw new Problem('body_too_large', 'The body is larger than a message may be. Send less in one request.');
      if (!isAway(error)) throw error;
      const service = call.pattern.split('.')[0]!;
      throw new Problem('unavailable', `The ${service} service does not answer. Nothing was lost; try again.`, {
        retryAfterSeconds: 1,
      });
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Errors of rxjs, Nest and the NATS client that mean: no answer in time, no responders, no connection. */
const AWAY = new Set([
  'TimeoutError',
  'EmptyResponseException',
  'NoRespondersError',
  'ConnectionError',
  'ClosedConnectionError',
  'DrainingConnectionError',
]);
/** Nest's client throws these as plain texts while it reconnects or closes. */
const AWAY_TEXT = /^(Error: )?Connection (lost|closed)/;

/** Tells a service that is away from an error of ours. */
function isAway(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return (error instanceof Error && AWAY.has(error.constructor.name)) || AWAY_TEXT.test(text);
}

function isProblemBody(error: unknown): error is ProblemBody {
  return typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
}

/** On the answering side: a Problem travels as its body, anything else is logged here and said to be our mistake. */
@Catch()
export class AnswerProblems implements RpcExceptionFilter {
  private readonly logger = new Logger('Rpc');

  catch(exception: unknown, _host: ArgumentsHost): Observable<never> {
    if (exception instanceof Problem) return throwError(() => exception.toBody());
    const problem = databaseProblem(exception);
    if (problem) return throwError(() => problem.toBody());
    this.logger.error(exception instanceof Error ? exception : String(exception));
    return throwError(() => new Problem('internal_error', 'Something went wrong on our side. It has been logged.').toBody());
  }
}

/** A database that is away is not our mistake, and not the client's: 503. Null when the error is another one. */
function databaseProblem(error: unknown): Problem | null {
  const code =
    (error as { code?: string; driverError?: { code?: string } })?.driverError?.code ?? (error as { code?: string })?.code ?? '';
  const message = error instanceof Error ? error.message : '';
  const isAway =
    /^(08|57P0|53)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Driver not Connected/i.test(message);
  return isAway
    ? new Problem('unavailable', 'The database does not answer at the moment. Try again.', { retryAfterSeconds: 1 })
    : null;
}
