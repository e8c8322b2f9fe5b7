import type { Sealed } from '#libs/contracts/src/webhook-state';
import { headerProblems } from '#libs/outgoing/src/header-rule';
import type { FieldError } from '#libs/problem/src/problem';
import { boundTo, Keyring, open, seal } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import type { AccountRow } from '../account/account.row.js';
import type { WebhookRow } from './webhook.row.js';

const MASK = '••••';

/** Seals a webhook's secrets for dispatch, and an inbound webhook's for ingestion, which alone open them to use them. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly keyring: Keyring) {}

  seal(account: AccountRow, webhookId: string, field: 'secret' | 'headers' | 'verification', text: string): { box: string } {
    return seal(this.keyring.unwrap(account.dataKey), text, boundTo(account.id, webhookId, field));
  }

  /**
   * Custom headers as they are stored and shown. A value that equals what was shown keeps the stored one, so that a state can
   * be sent back as it was read; any other masked value is a mistake, for it is no header's.
   */
  sealHeaders(
    account: AccountRow,
    webhookId: string,
    given: Record<string, string>,
    stored: Pick<WebhookRow, 'headersBox' | 'headersShown'> | null,
    errors: FieldError[],
  ): Pick<WebhookRow, 'headersBox' | 'headersShown'> {
    const known = stored?.headersBox ? this.openHeaders(account, webhookId, stored.headersBox) : {};
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, (stored?.headersShown[name] === value && known[name]) || value]),
    );
    for (const { name, detail } of headerProblems(headers))
      errors.push({ pointer: name === '' ? '/headers' : `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, detail });
    if (Object.keys(headers).length === 0) return { headersBox: null, headersShown: {} };
    return {
      headersBox: this.seal(account, webhookId, 'headers', JSON.stringify(headers)),
      headersShown: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, MASK + (value.length >= 12 ? value.slice(-4) : '')]),
      ),
    };
  }

  /** None where they cannot be opened any more: then the real values have to be given again. */
  private openHeaders(account: AccountRow, webhookId: string, box: Sealed): Record<string, string> {
    const dataKey = this.keyring.unwrap(account.dataKey);
    try {
      return JSON.parse(open(dataKey, box, boundTo(account.id, webhookId, 'headers'))) as Record<string, string>;
    } catch {
      return {};
    }
  }
}
