import type { Scope } from '#libs/api/src/api-key.dto';
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';

/** Who asks: an account by its key, or the operator. */
export interface Caller {
  accountId: string;
  keyId: string;
}

export const NEEDS = 'tidings:needs';
/** The scope a route needs; `operator` for accounts. A route without it is open to everyone. */
export const Needs = (scope: Scope | 'operator'): MethodDecorator & ClassDecorator => SetMetadata(NEEDS, scope);

/** The caller's account id, from the key and from nowhere else. */
export const AccountId = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<{ caller: Caller }>().caller.accountId;
});
