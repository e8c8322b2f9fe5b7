import type { Scope } from '#libs/api/src/api-key.dto';
import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { NEEDS_EXTENSION } from '../openapi/describe.js';

/** Who asks: an account by its key, or the operator, whose only scope is `operator`. */
export interface Caller {
  accountId: string;
  keyId: string;
  scopes: (Scope | 'operator')[];
}

export const NEEDS = 'tidings:needs';
/** The scope a route needs; `operator` for accounts. A route without it is open to everyone. */
export const Needs = (scope: Scope | 'operator'): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(NEEDS, scope), ApiExtension(NEEDS_EXTENSION, scope));

/** The caller's account id, from the key and from nowhere else. */
export const AccountId = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  // Of the HTTP request, or of the gRPC call.
  return context.getArgByIndex<{ caller: Caller }>(context.getType() === 'http' ? 0 : 2).caller.accountId;
});
