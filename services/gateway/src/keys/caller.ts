import type { Scope } from '#libs/api/src/api-key.dto';
import type { Call, Needed } from '#libs/contracts/src/calls/call';
import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { NEEDS_EXTENSION } from '../route/describe.js';

/** The owner of the request's key: an account, or the operator, whose only scope is `operator`. */
export interface Caller {
  accountId: string;
  keyId: string;
  scopes: (Scope | 'operator')[];
}

export const NEEDS = 'tidings:needs';

/** Opens a route to the keys that its call needs. A route that asks no service names a scope. A route without it is open to all. */
export function Needs(asked: Call<never, unknown> | Needed): MethodDecorator {
  const needs = typeof asked === 'string' ? asked : asked.needs;
  if (needs === null) throw new Error('@Needs takes the call of a client, which declares what its key needs.');
  return applyDecorators(SetMetadata(NEEDS, needs), ApiExtension(NEEDS_EXTENSION, needs));
}

/** The caller's account id, from its key and from nowhere else. */
export const AccountId = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<{ caller: Caller }>().caller.accountId;
});
