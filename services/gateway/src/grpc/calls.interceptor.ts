import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Scope } from '#libs/api/src/api-key.dto';
import { inRequestContext } from '#libs/service/src/request-context';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { EMPTY, map, Observable } from 'rxjs';
import { NEEDS, type Caller } from '../keys/caller.js';
import { Doorkeeper } from '../keys/doorkeeper.js';
import { ANSWER, type ToAnswer } from './answers.js';

type Call = ServerUnaryCall<unknown, unknown> & { caller?: Caller };

/**
 * Every gRPC call passes here: it is admitted before its message is looked at, told what is left of the key's minute in the
 * metadata before its answer, handled in its request's context, and answered with a message made of the view.
 */
@Injectable()
export class CallsInterceptor implements NestInterceptor {
  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler<object>): Promise<Observable<unknown>> {
    if (context.getType() !== 'rpc') return next.handle();
    const call = context.getArgByIndex<Call>(2);
    const caller = await this.admit(call, context);
    call.caller = caller;
    // The client has gone, or its deadline has passed and it has been told so: nothing is begun any more.
    if (call.cancelled) return EMPTY;
    const toAnswer = this.reflector.get<ToAnswer | undefined>(ANSWER, context.getHandler()) ?? ((view) => view);
    return new Observable((subscriber) =>
      inRequestContext({ actor: caller.keyId }, () => next.handle().pipe(map(toAnswer)).subscribe(subscriber)),
    );
  }

  private admit(call: Call, context: ExecutionContext): Promise<Caller> {
    const needs = this.reflector.getAllAndOverride<Scope | 'operator'>(NEEDS, [context.getHandler(), context.getClass()]);
    const authorization = String(call.metadata.get('authorization')[0] ?? '');
    return this.doorkeeper.admit(authorization, needs, ({ limit, remaining, resetSeconds }) => {
      const metadata = new Metadata();
      metadata.set('x-ratelimit-limit', String(limit));
      metadata.set('x-ratelimit-remaining', String(remaining));
      metadata.set('x-ratelimit-reset', String(resetSeconds));
      call.sendMetadata(metadata);
    });
  }
}
