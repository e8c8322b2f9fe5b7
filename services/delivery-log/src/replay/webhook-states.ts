import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Injectable } from '@nestjs/common';

/** Webhooks as they are at this moment, read from where dispatch reads them. */
@Injectable()
export class WebhookStates {
  constructor(private readonly connection: JetStreamConnection) {}

  /** Null: there is none, it is deleted, or it is another account's. */
  async find(accountId: string, webhookId: string): Promise<WebhookState | null> {
    const message = await this.connection.jsm.direct.getMessage('WEBHOOKS', {
      last_by_subj: subjects.webhook(accountId, webhookId),
    });
    const state = message?.json<WebhookState>() ?? null;
    return state === null || state.deleted ? null : state;
  }
}
