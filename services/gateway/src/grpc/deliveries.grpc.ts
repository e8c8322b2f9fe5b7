import { ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { requestManually } from '../delivery/request-manually.js';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from './answers.js';
import { Id, Query } from './request-parts.js';

@Needs('deliveries:write')
@Controller()
export class DeliveriesGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('Deliveries')
  @Needs('deliveries:read')
  @AnswersPage('deliveries')
  async listDeliveries(
    @AccountId() accountId: string,
    @Id('webhook_id') webhookId: string,
    @Query('webhook_id') query: ListDeliveriesQuery,
  ) {
    // A webhook that is deleted, or another account's, has no log to show.
    await this.asker.ask('subscriptions.webhooks.get', { accountId, webhookId });
    return this.asker.ask('delivery_log.deliveries.list', { accountId, webhookId, query });
  }

  @GrpcMethod('Deliveries')
  @Needs('deliveries:read')
  @Answers('delivery')
  getDelivery(@AccountId() accountId: string, @Id() deliveryId: string) {
    return this.asker.ask('delivery_log.deliveries.get', { accountId, deliveryId });
  }

  @GrpcMethod('Deliveries')
  @Answers('delivery')
  retryDelivery(@AccountId() accountId: string, @Id() deliveryId: string) {
    return requestManually(this.asker, accountId, deliveryId, 'retry');
  }

  @GrpcMethod('Deliveries')
  @Answers('delivery')
  cancelDelivery(@AccountId() accountId: string, @Id() deliveryId: string) {
    return requestManually(this.asker, accountId, deliveryId, 'cancel');
  }
}
