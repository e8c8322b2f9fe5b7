import type { InboundMapping, InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';

/** A row of `inbound_webhooks`. */
export interface InboundWebhookRow {
  id: string;
  account_id: string;
  revision: number;
  name: string;
  event: string;
  /** SHA-256 of the token, hex. */
  token_hash: string;
  token_last4: string;
  /** Includes the sealed secret. */
  verification: InboundWebhookState['verification'];
  mapping: InboundMapping | null;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}
