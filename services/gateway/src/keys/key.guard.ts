import type { Scope } from '#libs/api/src/api-key.dto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NEEDS } from './caller.js';
import { Doorkeeper } from './doorkeeper.js';
import type { RequestOfCaller } from './identify-callers.js';

/** Lets a request through whose caller has the scope that its route needs. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const needs = this.reflector.getAllAndOverride<Scope | 'operator' | undefined>(NEEDS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (needs !== undefined) this.doorkeeper.allow(context.switchToHttp().getRequest<RequestOfCaller>().caller, needs);
    return true;
  }
}
