import { CreateInboundWebhookDto, InboundWebhookView, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';
import { GatewaySettings } from '../settings.js';

@ApiTags('Inbound webhooks')
@Needs('webhooks:write')
@Controller('api/v1/inbound-webhooks')
export class InboundWebhooksController {
  private readonly publicUrl: string;

  constructor(
    private readonly asker: Asker,
    { publicUrl }: GatewaySettings,
  ) {
    this.publicUrl = publicUrl;
  }

  @Post()
  @Answers(201, 'Creates an inbound webhook, with the URL to post to', InboundWebhookView)
  @Problems('webhook_limit_reached')
  createInboundWebhook(@AccountId() accountId: string, @Body() body: CreateInboundWebhookDto) {
    return this.asker.ask('subscriptions.inbound_webhooks.create', { accountId, body, publicUrl: this.publicUrl });
  }

  @Get()
  @Needs('webhooks:read')
  @AnswersPage('Lists inbound webhooks, newest first', InboundWebhookView)
  listInboundWebhooks(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('subscriptions.inbound_webhooks.list', { accountId, query, publicUrl: this.publicUrl });
  }

  @Get(':id')
  @Needs('webhooks:read')
  @Answers(200, 'Reads an inbound webhook', InboundWebhookView)
  @Problems('inbound_webhook_not_found')
  getInboundWebhook(@AccountId() accountId: string, @Param('id') inboundWebhookId: string) {
    const { publicUrl } = this;
    return this.asker.ask('subscriptions.inbound_webhooks.get', { accountId, inboundWebhookId, publicUrl });
  }

  @Patch(':id')
  @Answers(200, 'Changes an inbound webhook; its URL stays', InboundWebhookView)
  @Problems('inbound_webhook_not_found')
  updateInboundWebhook(
    @AccountId() accountId: string,
    @Param('id') inboundWebhookId: string,
    @Body() body: UpdateInboundWebhookDto,
  ) {
    const { publicUrl } = this;
    return this.asker.ask('subscriptions.inbound_webhooks.update', { accountId, inboundWebhookId, body, publicUrl });
  }

  @Delete(':id')
  @HttpCode(204)
  @Answers(204, 'Deletes an inbound webhook: its URL is no longer there')
  @Problems('inbound_webhook_not_found')
  async deleteInboundWebhook(@AccountId() accountId: string, @Param('id') inboundWebhookId: string): Promise<void> {
    await this.asker.ask('subscriptions.inbound_webhooks.delete', { accountId, inboundWebhookId });
  }
}
