import type { InboundWebhookState } from '#libs/contracts/src/inbound-webhook-state';
import { subjects } from '#libs/contracts/src/subjects';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { boundTo, Keyring, open } from '#libs/signing/src/envelope-encryption';
import { verificationFailure, type SignedRequest } from '#libs/signing/src/verify-request';
import { Injectable } from '@nestjs/common';

/**
 * Inbound webhooks as WEBHOOKS has them. They are read at each request and not remembered: that is one message by its
 * subject, and a URL or secret that was taken back is so at once, in every replica.
 */
@Injectable()
export class InboundWebhookStates {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly keyring: Keyring,
  ) {}

  /** Null when there is none, or none any more. Throws when NATS cannot tell. */
  async find(tokenHash: string): Promise<InboundWebhookState | null> {
    const message = await this.connection.jsm.streams.getMessage('WEBHOOKS', { last_by_subj: subjects.inbound(tokenHash) });
    if (message === null) return null;
    const state = message.json<InboundWebhookState>();
    return state.deleted ? null : state;
  }

  /** Why a request is not its sender's, in words; null when it is, or when none is asked to prove it. */
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
