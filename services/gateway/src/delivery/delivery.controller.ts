import { DeliveryDetailView, DeliveryView, ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import { cancelDelivery, getDelivery, listDeliveries, retryDelivery } from '#libs/contracts/src/calls/deliveries';
import { getWebhook } from '#libs/contracts/src/calls/webhooks';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';
import { requestManually } from './request-manually.js';

@ApiTags('Deliveries')
@Controller('api/v1')
export class DeliveryController {
  constructor(private readonly asker: Asker) {}

  @Get('webhooks/:webhook_id/deliveries')
  @Needs(listDeliveries)
  @AnswersPage("Lists a webhook's deliveries, newest first", DeliveryView)
  @Problems('webhook_not_found')
  async listDeliveries(
    @AccountId() accountId: string,
    @Param('webhook_id') webhookId: string,
    @Query() query: ListDeliveriesQuery,
  ) {
    // The log also keeps deliveries of deleted webhooks: only subscriptions knows that this one exists.
    await this.asker.ask(getWebhook, { accountId, webhookId });
    return this.asker.ask(listDeliveries, { accountId, webhookId, query });
  }

  @Get('deliveries/:id')
  @Needs(getDelivery)
  @Answers(200, 'Reads a delivery: its payload and every attempt', DeliveryDetailView)
  @Problems('delivery_not_found')
  getDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return this.asker.ask(getDelivery, { accountId, deliveryId });
  }

  @Post('deliveries/:id/retry')
  @Needs(retryDelivery)
  @HttpCode(202)
  @Answers(202, 'Makes another attempt now, instead of the scheduled one if there is one; the log shows its result', DeliveryView)
  @Problems('delivery_not_found', 'conflict')
  retryDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return requestManually(this.asker, retryDelivery, { accountId, deliveryId });
  }

  @Post('deliveries/:id/cancel')
  @Needs(cancelDelivery)
  @HttpCode(202)
  @Answers(202, 'Cancels a delivery that waits', DeliveryView)
  @Problems('delivery_not_found', 'conflict')
  cancelDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return requestManually(this.asker, cancelDelivery, { accountId, deliveryId });
  }
}
