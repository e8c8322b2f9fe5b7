import { CreateInboundWebhookDto, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { GatewaySettings } from '../settings.js';
import { Answers, AnswersPage } from './answers.js';
import { Body, Id, Query } from './request-parts.js';

@Needs('webhooks:write')
@Controller()
export class InboundWebhooksGrpc {
  private readonly publicUrl: string;

  constructor(
    private readonly asker: Asker,
    { publicUrl }: GatewaySettings,
  ) {
    this.publicUrl = publicUrl;
  }

  @GrpcMethod('InboundWebhooks')
  @Answers('inbound_webhook')
  createInboundWebhook(@AccountId() accountId: string, @Body() body: CreateInboundWebhookDto) {
    return this.asker.ask('subscriptions.inbound_webhooks.create', { accountId, body, publicUrl: this.publicUrl });
  }

  @GrpcMethod('InboundWebhooks')
  @Needs('webhooks:read')
  @AnswersPage('inbound_webhooks')
  listInboundWebhooks(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.inbound_webhooks.list', { accountId, query, publicUrl: this.publicUrl });
  }

  @GrpcMethod('InboundWebhooks')
  @Needs('webhooks:read')
  @Answers('inbound_webhook')
  getInboundWebhook(@AccountId() accountId: string, @Id() inboundWebhookId: string) {
    const { publicUrl } = this;
    return this.asker.ask('subscriptions.inbound_webhooks.get', { accountId, inboundWebhookId, publicUrl });
  }

  @GrpcMethod('InboundWebhooks')
  @Answers('inbound_webhook')
  updateInboundWebhook(@AccountId() accountId: string, @Id() inboundWebhookId: string, @Body() body: UpdateInboundWebhookDto) {
    const { publicUrl } = this;
    return this.asker.ask('subscriptions.inbound_webhooks.update', { accountId, inboundWebhookId, body, publicUrl });
  }

  @GrpcMethod('InboundWebhooks')
  deleteInboundWebhook(@AccountId() accountId: string, @Id() inboundWebhookId: string) {
    return this.asker.ask('subscriptions.inbound_webhooks.delete', { accountId, inboundWebhookId });
  }
}
