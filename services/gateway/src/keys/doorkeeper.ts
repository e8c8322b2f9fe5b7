import { createHash, timingSafeEqual } from 'node:crypto';
import { API_KEY_PATTERN, type Admission, type Scope } from '#libs/api/src/api-key.dto';
import { admitKey, admitOperator } from '#libs/contracts/src/calls/api-keys';
import { getAccount } from '#libs/contracts/src/calls/accounts';
import type { Needed } from '#libs/contracts/src/calls/call';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Problem } from '#libs/problem/src/problem';
import { Asker } from '#libs/service/src/ask';
import { Injectable } from '@nestjs/common';
import { GatewaySettings } from '../settings.js';
import type { Caller } from './caller.js';

/** Requests left in a key's minute, for the headers of the answer. */
export type Allowance = Pick<Admission, 'limit' | 'remaining' | 'resetSeconds'>;

const OPERATOR_ONLY =
  "Accounts take the operator's key, everything else a key of the account, or the operator's with the header Tidings-Account.";

/** Headers of a request that say who asks, and for whom. */
export interface Asked {
  authorization: string | undefined;
  /** `Tidings-Account`, which only the operator's key heeds. */
  account: string | undefined;
  isPublishing: boolean;
}

/** Decides which caller may do what, for HTTP and gRPC alike. */
@Injectable()
export class Doorkeeper {
  private readonly operatorKeyHash: Buffer;

  constructor(
    settings: GatewaySettings,
    private readonly asker: Asker,
  ) {
    this.operatorKeyHash = sha256(settings.TIDINGS_OPERATOR_KEY);
  }

  /**
   * Resolves the headers of a request to its caller, and counts the request; publishing counts apart. Throws `unauthorized` for an
   * unknown key. For a known one it calls `onAllowance`, and throws `rate_limited` when nothing is left of the key's minute. The
   * operator's key acts for the account that `Tidings-Account` names. Throws `account_not_found` for one that does not exist.
   */
  async identify({ authorization, account, isPublishing }: Asked, onAllowance: (allowance: Allowance) => void): Promise<Caller> {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (!API_KEY_PATTERN.test(key)) throw unauthorized();
    const isOperator = timingSafeEqual(sha256(key), this.operatorKeyHash);
    const admission = isOperator
      ? await this.asker.ask(admitOperator, {})
      : await this.asker.ask(admitKey, { key, isPublishing });
    onAllowance(admission);
    if (!admission.isAllowed) {
      const what = isPublishing ? 'requests that publish' : 'requests';
      throw new Problem('rate_limited', `The ${admission.plan} plan allows ${admission.limit} ${what} a minute for each key.`, {
        retryAfterSeconds: admission.resetSeconds,
      });
    }
    const { accountId, keyId, scopes } = admission;
    if (!isOperator) return { accountId, keyId, scopes };
    if (account === undefined) return { accountId, keyId, scopes: ['operator'] };
    const { id } = await this.asker.ask(getAccount, { accountId: validAccount(account) });
    return { accountId: id, keyId, scopes: ['*'] };
  }

  /** Throws `forbidden` when the caller's scopes do not cover `needs`. */
  allow({ scopes }: Caller, needs: Needed): void {
    if (covers(scopes, needs)) return;
    const isOperators = needs === 'operator' || scopes.includes('operator');
    throw new Problem('forbidden', isOperators ? OPERATOR_ONLY : `The key needs the scope ${needs}.`);
  }
}

/** The operator's key covers `operator` and nothing else. A scope to write covers the one to read. */
function covers(scopes: Caller['scopes'], needs: Needed): boolean {
  if (needs === 'operator' || scopes.includes('operator')) return needs === 'operator' && scopes.includes('operator');
  if (needs === 'account' || scopes.includes('*')) return true;
  return scopes.includes(needs) || scopes.includes(needs.replace(':read', ':write') as Scope);
}

function validAccount(id: string): string {
  if (ID_PATTERN.test(id)) return id;
  throw new Problem('account_not_found', 'Tidings-Account names no account.');
}

function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send a valid key: Authorization: Bearer tdk_…');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
