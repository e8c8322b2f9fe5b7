import { Asker } from '#libs/service/src/ask';
import { inRequestContext } from '#libs/service/src/request-context';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import type { RequestWithText } from '../http/body-parser.js';
import type { Caller } from '../keys/caller.js';
import { runOnce } from './run-once.js';

/**
 * Gives every HTTP request its context, and runs a POST with an `Idempotency-Key` once. Repeats get the first answer, with
 * `Idempotency-Replayed: true`.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly asker: Asker) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RequestWithText & { caller?: Caller }>();
    if (!request.caller) return next.handle();
    const { caller, method, url, text = '' } = request;
    const key = method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const handle = (): Promise<unknown> => firstValueFrom(next.handle());
    if (key === undefined) return from(inRequestContext({ actor: caller.keyId }, handle));
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    // The route's own status, unless its handler sets another one.
    const keyed = { caller, key: String(key), text: `${method} ${url}\n${text}`, status: () => reply.statusCode };
    return from(
      runOnce(this.asker, keyed, handle).then(({ answer, replayedStatus }) => {
        if (replayedStatus !== null)
          void reply.status(replayedStatus).header('idempotency-replayed', 'true').type('application/json; charset=utf-8');
        return answer;
      }),
    );
  }
}
