import type { InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { boundTo, Keyring, open } from '#libs/signing/src/envelope-encryption';
import { verificationFailure, type SignedRequest } from '#libs/signing/src/verify-request';
import { Injectable } from '@nestjs/common';

/**
 * Reads the states of inbound webhooks from WEBHOOKS, at each request: one message by its subject. Nothing is cached, so a
 * revoked URL or secret is so at once in every replica.
 */
@Injectable()
export class InboundWebhookStates {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly keyring: Keyring,
  ) {}

  /** Null when there is no such webhook, or it is deleted. Throws when NATS cannot tell. */
  async findState(tokenHash: string): Promise<InboundWebhookState | null> {
    const message = await this.connection.jsm.streams.getMessage('WEBHOOKS', { last_by_subj: subjects.inbound(tokenHash) });
    if (message === null) return null;
    const state = message.json<InboundWebhookState>();
    return state.deleted ? null : state;
  }

  /** Says why the signature does not verify; null when it does, or when the webhook asks for none. */
  verificationFailure(
    { id, accountId, verification, dataKey }: InboundWebhookState,
    request: SignedRequest,
    nowMs: number,
  ): string | null {
    if (verification === null) return null;
    const { scheme, header, secret } = verification;
    const opened = open(this.keyring.unwrap(dataKey), secret, boundTo(accountId, id, 'verification'));
    return verificationFailure({ scheme, header, secret: opened }, request, nowMs);
  }
}
