import type { Needed } from '#libs/contracts/src/calls/call';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NEEDS } from './caller.js';
import { Doorkeeper } from './doorkeeper.js';
import type { RequestOfCaller } from './identify-callers.js';

/** Refuses a request whose caller lacks the scope that its route needs. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const needs = this.reflector.get<Needed | undefined>(NEEDS, context.getHandler());
    if (needs !== undefined) this.doorkeeper.allow(context.switchToHttp().getRequest<RequestOfCaller>().caller, needs);
    return true;
  }
}
