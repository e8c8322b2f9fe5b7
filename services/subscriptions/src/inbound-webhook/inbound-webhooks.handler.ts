import type { CreateInboundWebhookDto, InboundWebhookView, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import type { Nothing, OfAccount } from '#libs/contracts/src/calls/call';
import {
  createInboundWebhook,
  deleteInboundWebhook,
  getInboundWebhook,
  listInboundWebhooks,
  updateInboundWebhook,
} from '#libs/contracts/src/calls/inbound-webhooks';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { InboundWebhooks } from './inbound-webhooks.js';

type WithUrl<T> = OfAccount<{ publicUrl: string }> & T;
type OfInboundWebhook = OfAccount<{ inboundWebhookId: string }>;

@Controller()
export class InboundWebhooksHandler {
  constructor(private readonly inboundWebhooks: InboundWebhooks) {}

  @Answers(createInboundWebhook)
  create({ accountId, body, publicUrl }: WithUrl<{ body: CreateInboundWebhookDto }>): Promise<InboundWebhookView> {
    return this.inboundWebhooks.create(accountId, body, publicUrl);
  }

  @Answers(listInboundWebhooks)
  list({ accountId, query, publicUrl }: WithUrl<{ query: PageQuery }>): Promise<Page<InboundWebhookView>> {
    return this.inboundWebhooks.list(accountId, query, publicUrl);
  }

  @Answers(getInboundWebhook)
  get({ accountId, inboundWebhookId, publicUrl }: WithUrl<OfInboundWebhook>): Promise<InboundWebhookView> {
    return this.inboundWebhooks.get(accountId, inboundWebhookId, publicUrl);
  }

  @Answers(updateInboundWebhook)
  update(asked: WithUrl<OfInboundWebhook & { body: UpdateInboundWebhookDto }>): Promise<InboundWebhookView> {
    return this.inboundWebhooks.update(asked.accountId, asked.inboundWebhookId, asked.body, asked.publicUrl);
  }

  @Answers(deleteInboundWebhook)
  async delete({ accountId, inboundWebhookId }: OfInboundWebhook): Promise<Nothing> {
    await this.inboundWebhooks.delete(accountId, inboundWebhookId);
    return {};
  }
}
