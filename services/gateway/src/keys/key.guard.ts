import type { Scope } from '#libs/api/src/api-key.dto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NEEDS, type Caller } from './caller.js';
import { Doorkeeper } from './doorkeeper.js';

/** Admits HTTP requests, and tells in three headers what is left of the key's minute. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const needs = this.reflector.getAllAndOverride<Scope | 'operator' | undefined>(NEEDS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needs === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & { caller: Caller }>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    request.caller = await this.doorkeeper.admit(request.headers.authorization, needs, ({ limit, remaining, resetSeconds }) => {
      void reply.headers({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': resetSeconds });
    });
    return true;
  }
}
