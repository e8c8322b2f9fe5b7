import { MASK } from '#libs/contracts/src/mask';
import type { Sealed } from '#libs/contracts/src/webhook-state';
import { headerProblems } from '#libs/outgoing/src/header-rule';
import type { FieldError } from '#libs/problem/src/problem';
import { boundTo, Keyring, open, seal } from '#libs/signing/src/envelope-encryption';
import { Injectable } from '@nestjs/common';
import type { AccountRow } from '../state/account.row.js';
import type { WebhookRow } from '../state/webhook.row.js';

type HeaderColumns = Pick<WebhookRow, 'headers_box' | 'headers_shown'>;

/** A value at least this long shows its last four characters behind the mask. */
const SHOWN_FROM_LENGTH = 12;

/** Seals a webhook's secret and custom headers. Only dispatch opens them to use them. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly keyring: Keyring) {}

  seal(account: AccountRow, webhookId: string, field: 'secret' | 'headers', text: string): Sealed {
    return seal(this.keyring.unwrap(account.data_key), text, boundTo(account.id, webhookId, field));
  }

  /**
   * Returns custom headers as they are stored and shown, and adds their mistakes to `errors`. A value that equals the shown one
   * keeps the stored one, so a client can send back what it read. Any other masked value is a mistake.
   */
  sealHeaders(
    account: AccountRow,
    webhookId: string,
    given: Record<string, string>,
    stored: HeaderColumns | null,
    errors: FieldError[],
  ): HeaderColumns {
    const known = stored?.headers_box ? this.openHeaders(account, webhookId, stored.headers_box) : {};
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, (stored?.headers_shown[name] === value && known[name]) || value]),
    );
    for (const { name, detail } of headerProblems(headers))
      errors.push({ pointer: name === '' ? '/headers' : `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, detail });
    if (Object.keys(headers).length === 0) return { headers_box: null, headers_shown: {} };
    return {
      headers_box: this.seal(account, webhookId, 'headers', JSON.stringify(headers)),
      headers_shown: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, masked(value)])),
    };
  }

  /** Returns no headers when they cannot be opened; then the client must send the real values again. */
  private openHeaders(account: AccountRow, webhookId: string, box: Sealed): Record<string, string> {
    const dataKey = this.keyring.unwrap(account.data_key);
    try {
      return JSON.parse(open(dataKey, box, boundTo(account.id, webhookId, 'headers'))) as Record<string, string>;
    } catch {
      return {};
    }
  }
}

function masked(value: string): string {
  return MASK + (value.length >= SHOWN_FROM_LENGTH ? value.slice(-4) : '');
}
