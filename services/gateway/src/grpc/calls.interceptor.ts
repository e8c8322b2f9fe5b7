import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Scope } from '#libs/api/src/api-key.dto';
import { Asker } from '#libs/service/src/ask';
import { inRequestContext } from '#libs/service/src/request-context';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { EMPTY, firstValueFrom, of, type Observable } from 'rxjs';
import { runOnce } from '../idempotency/run-once.js';
import { NEEDS, type Caller } from '../keys/caller.js';
import { Doorkeeper } from '../keys/doorkeeper.js';
import { ANSWER, type ToAnswer } from './answers.js';

type Call = ServerUnaryCall<unknown, unknown> & { caller: Caller };

/**
 * Every gRPC call passes here: it is admitted before its message is looked at, handled in its context, once if it has an
 * `idempotency-key`, and answered with a message made of the view. The metadata before the answer is what HTTP has in headers.
 */
@Injectable()
export class CallsInterceptor implements NestInterceptor {
  constructor(
    private readonly asker: Asker,
    private readonly doorkeeper: Doorkeeper,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'rpc') return next.handle();
    const call = context.getArgByIndex<Call>(2);
    const metadata = new Metadata();
    try {
      call.caller = await this.admit(context, call, metadata);
      // The client has gone, or its deadline has passed and it has been told so: nothing is begun any more.
      if (call.cancelled) return EMPTY;
      const view = await this.handle(context, call, metadata, () => firstValueFrom(next.handle()));
      const toAnswer = this.reflector.get<ToAnswer | undefined>(ANSWER, context.getHandler());
      return of(toAnswer ? toAnswer(view as object) : view);
    } finally {
      call.sendMetadata(metadata);
    }
  }

  private async admit(context: ExecutionContext, call: Call, metadata: Metadata): Promise<Caller> {
    const authorization = String(call.metadata.get('authorization')[0] ?? '');
    const caller = await this.doorkeeper.identify(authorization, ({ limit, remaining, resetSeconds }) => {
      metadata.set('x-ratelimit-limit', String(limit));
      metadata.set('x-ratelimit-remaining', String(remaining));
      metadata.set('x-ratelimit-reset', String(resetSeconds));
    });
    const needs = this.reflector.getAllAndOverride<Scope | 'operator'>(NEEDS, [context.getHandler(), context.getClass()]);
    this.doorkeeper.allow(caller, needs);
    return caller;
  }

  /** What is kept for a key is the view, as for HTTP: whoever remembers an answer knows nothing of messages. */
  private async handle(
    context: ExecutionContext,
    call: Call,
    metadata: Metadata,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const { caller, request } = call;
    const [key] = call.metadata.get('idempotency-key');
    const isRead = /^(get|list)/.test(context.getHandler().name);
    if (key === undefined || isRead) return inRequestContext({ actor: caller.keyId }, handle);
    const keyed = { caller, key: String(key), text: `${call.getPath()}\n${JSON.stringify(request)}`, status: () => 200 };
    const { answer, replayedStatus } = await runOnce(this.asker, keyed, handle);
    if (replayedStatus !== null) metadata.set('idempotency-replayed', 'true');
    return answer;
  }
}
