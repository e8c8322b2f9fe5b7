import { DeliveryDetailView, DeliveryView } from '#libs/api/src/delivery.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, Problems } from '../openapi/describe.js';
import { requestManually } from './request-manually.js';

@ApiTags('Deliveries')
@Needs('deliveries:write')
@Controller('api/v1/deliveries')
export class DeliveriesController {
  constructor(private readonly asker: Asker) {}

  @Get(':id')
  @Needs('deliveries:read')
  @Answers(200, 'Reads a delivery: its payload and every attempt', DeliveryDetailView)
  @Problems('delivery_not_found')
  getDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return this.asker.ask('delivery_log.deliveries.get', { accountId, deliveryId });
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Answers(202, 'Makes another attempt now, in the place of an automatic one that waits; its result is in the log', DeliveryView)
  @Problems('delivery_not_found', 'conflict')
  retryDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return requestManually(this.asker, accountId, deliveryId, 'retry');
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Answers(202, 'Cancels a delivery that waits', DeliveryView)
  @Problems('delivery_not_found', 'conflict')
  cancelDelivery(@AccountId() accountId: string, @Param('id') deliveryId: string) {
    return requestManually(this.asker, accountId, deliveryId, 'cancel');
  }
}
