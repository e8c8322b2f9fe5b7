import { createHash } from 'node:crypto';
import { Problem } from '#libs/problem/src/problem';
import { Asker } from '#libs/service/src/ask';
import { inRequestContext, type RequestContext } from '#libs/service/src/request-context';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants';
import type { FastifyReply } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import type { RequestWithText } from '../http/body-parser.js';
import type { Caller } from '../keys/caller.js';

/** What Stripe's and Svix's clients send fits. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** The operator has no account; nobody else's id begins with this. */
const OPERATOR = '_operator';

type Begun = { claim: string } | { status: number; answer: string };

/**
 * Gives every request its context, and a POST with an `Idempotency-Key` its one run: asked again within 24 hours it is answered
 * with what was answered first, and `Idempotency-Replayed: true`. Only success is kept: what failed may be sent again.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly asker: Asker,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RequestWithText & { caller?: Caller }>();
    if (context.getType() !== 'http' || !request.caller) return next.handle();
    const { keyId, accountId } = request.caller;
    const header = request.headers['idempotency-key'];
    if (request.method !== 'POST' || header === undefined)
      return from(inRequestContext({ actor: keyId }, () => firstValueFrom(next.handle())));
    const key = String(header);
    if (!KEY.test(key)) throw new Problem('bad_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
    const run: RequestContext = {
      actor: keyId,
      idempotency: {
        accountId: accountId || OPERATOR,
        key,
        claim: '',
        status: this.reflector.get<number | undefined>(HTTP_CODE_METADATA, context.getHandler()) ?? 201,
      },
    };
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.once(run, fingerprintOf(request), reply, () => firstValueFrom(next.handle())));
  }

  private async once(
    context: RequestContext,
    fingerprint: string,
    reply: FastifyReply,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const run = context.idempotency!;
    const begun = await this.asker.ask<Begun>('subscriptions.idempotency.begin', {
      accountId: run.accountId,
      key: run.key,
      fingerprint,
    });
    if ('answer' in begun) {
      void reply.status(begun.status).header('idempotency-replayed', 'true').type('application/json; charset=utf-8');
      return JSON.parse(begun.answer) as unknown;
    }
    run.claim = begun.claim;
    try {
      const answer = await inRequestContext(context, handle);
      // Not kept, because NATS went away: the answer is true all the same.
      await this.asker.ask('subscriptions.idempotency.end', { run, answer: JSON.stringify(answer) }).catch(() => undefined);
      return answer;
    } catch (error) {
      await this.asker.ask('subscriptions.idempotency.release', { run }).catch(() => undefined);
      throw error;
    }
  }
}

function fingerprintOf({ method, url, text = '' }: RequestWithText): string {
  return createHash('sha256').update(`${method} ${url}\n${text}`).digest('base64url');
}
