import { CreateInboundWebhookDto, InboundWebhookView, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import {
  createInboundWebhook,
  deleteInboundWebhook,
  getInboundWebhook,
  listInboundWebhooks,
  updateInboundWebhook,
} from '#libs/contracts/src/calls/inbound-webhooks';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';
import { GatewaySettings } from '../settings.js';

@ApiTags('Inbound webhooks')
@Controller('api/v1/inbound-webhooks')
export class InboundWebhookController {
  private readonly publicUrl: string;

  constructor(
    private readonly asker: Asker,
    { publicUrl }: GatewaySettings,
  ) {
    this.publicUrl = publicUrl;
  }

  @Post()
  @Needs(createInboundWebhook)
  @Answers(201, 'Creates an inbound webhook, with the URL to post to', InboundWebhookView)
  @Problems('webhook_limit_reached')
  createInboundWebhook(@AccountId() accountId: string, @Body() body: CreateInboundWebhookDto) {
    return this.asker.ask(createInboundWebhook, { accountId, body, publicUrl: this.publicUrl });
  }

  @Get()
  @Needs(listInboundWebhooks)
  @AnswersPage('Lists inbound webhooks, newest first', InboundWebhookView)
  listInboundWebhooks(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask(listInboundWebhooks, { accountId, query, publicUrl: this.publicUrl });
  }

  @Get(':id')
  @Needs(getInboundWebhook)
  @Answers(200, 'Reads an inbound webhook', InboundWebhookView)
  @Problems('inbound_webhook_not_found')
  getInboundWebhook(@AccountId() accountId: string, @Param('id') inboundWebhookId: string) {
    return this.asker.ask(getInboundWebhook, { accountId, inboundWebhookId, publicUrl: this.publicUrl });
  }

  @Patch(':id')
  @Needs(updateInboundWebhook)
  @Answers(200, 'Changes an inbound webhook; its URL stays', InboundWebhookView)
  @Problems('inbound_webhook_not_found')
  updateInboundWebhook(
    @AccountId() accountId: string,
    @Param('id') inboundWebhookId: string,
    @Body() body: UpdateInboundWebhookDto,
  ) {
    return this.asker.ask(updateInboundWebhook, { accountId, inboundWebhookId, body, publicUrl: this.publicUrl });
  }

  @Delete(':id')
  @Needs(deleteInboundWebhook)
  @HttpCode(204)
  @Answers(204, 'Deletes an inbound webhook and its URL')
  @Problems('inbound_webhook_not_found')
  async deleteInboundWebhook(@AccountId() accountId: string, @Param('id') inboundWebhookId: string): Promise<void> {
    await this.asker.ask(deleteInboundWebhook, { accountId, inboundWebhookId });
  }
}
