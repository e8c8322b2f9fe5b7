import { createHash, timingSafeEqual } from 'node:crypto';
import { API_KEY_PATTERN, type Admission, type Scope } from '#libs/api/src/api-key.dto';
import { Problem } from '#libs/problem/src/problem';
import { Asker } from '#libs/service/src/ask';
import { Injectable } from '@nestjs/common';
import { GatewaySettings } from '../settings.js';
import type { Caller } from './caller.js';

/** What is left of a key's minute, for the headers of the answer. */
export type Allowance = Pick<Admission, 'limit' | 'remaining' | 'resetSeconds'>;

/** Decides who may ask for what. The same for HTTP and gRPC. */
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
   * Whose key it is, of `authorization`, the header's value. Throws `unauthorized`, and `rate_limited`; `onAllowance` hears of
   * the key's minute in every case but the first.
   */
  async identify(authorization: string | undefined, onAllowance: (allowance: Allowance) => void): Promise<Caller> {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (!API_KEY_PATTERN.test(key)) throw unauthorized();
    const isOperator = timingSafeEqual(sha256(key), this.operatorKeyHash);
    const admission = isOperator
      ? await this.asker.ask<Admission>('subscriptions.api_keys.admit_operator', {})
      : await this.asker.ask<Admission>('subscriptions.api_keys.admit', { key });
    onAllowance(admission);
    if (!admission.isAllowed) {
      throw new Problem('rate_limited', `The ${admission.plan} plan allows ${admission.limit} requests a minute for each key.`, {
        retryAfterSeconds: admission.resetSeconds,
      });
    }
    const { accountId, keyId, scopes } = admission;
    return { accountId, keyId, scopes: isOperator ? ['operator'] : scopes };
  }

  /** Throws `forbidden` where the caller's scopes do not cover `needs`. */
  allow({ scopes }: Caller, needs: Scope | 'operator'): void {
    if (covers(scopes, needs)) return;
    const isOperators = needs === 'operator' || scopes.includes('operator');
    throw new Problem('forbidden', isOperators ? OPERATOR_ONLY : `The key needs the scope ${needs}.`);
  }
}

const OPERATOR_ONLY = "Accounts take the operator's key, everything else a key of the account.";

/** Who may write may read. Nobody but the operator may do what is the operator's, and the operator nothing else. */
function covers(scopes: Caller['scopes'], needs: Scope | 'operator'): boolean {
  if (scopes.includes(needs)) return true;
  return needs !== 'operator' && (scopes.includes('*') || scopes.includes(needs.replace(':read', ':write') as Scope));
}

function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send a valid key: Authorization: Bearer tdk_…');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
