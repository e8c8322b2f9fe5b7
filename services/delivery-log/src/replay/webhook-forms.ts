import { subjects } from '#libs/contracts/src/subjects';
import type { WebhookForm } from '#libs/contracts/src/webhook-form';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Injectable } from '@nestjs/common';

/** Webhooks as they are at this moment, read from where dispatch reads them. */
@Injectable()
export class WebhookForms {
  constructor(private readonly connection: JetStreamConnection) {}

  /** Null: there is none, it is deleted, or it is another account's. */
  async find(accountId: string, webhookId: string): Promise<WebhookForm | null> {
    const message = await this.connection.jsm.direct.getMessage('WEBHOOKS', {
      last_by_subj: subjects.webhook(accountId, webhookId),
    });
    const form = message?.json<WebhookForm>() ?? null;
    return form === null || form.deleted ? null : form;
  }
}
