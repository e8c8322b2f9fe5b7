import type { DeliveryDetailView, DeliveryView } from '#libs/api/src/delivery.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { cancelDelivery, getDelivery, listDeliveries, retryDelivery } from '#libs/contracts/src/calls/deliveries';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Deliveries } from './deliveries.js';
import { ManualRequests } from './manual-requests.js';

@Controller()
export class DeliveriesHandler {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly manual: ManualRequests,
  ) {}

  @Answers(listDeliveries)
  list({ accountId, webhookId, query }: PayloadOf<typeof listDeliveries>): Promise<Page<DeliveryView>> {
    return this.deliveries.list(accountId, webhookId, query);
  }

  @Answers(getDelivery)
  get({ accountId, deliveryId }: PayloadOf<typeof getDelivery>): Promise<DeliveryDetailView> {
    return this.deliveries.get(accountId, deliveryId);
  }

  @Answers(retryDelivery)
  retry({ accountId, deliveryId, webhookStatus }: PayloadOf<typeof retryDelivery>): Promise<DeliveryView> {
    return this.manual.retry(accountId, deliveryId, webhookStatus);
  }

  @Answers(cancelDelivery)
  cancel({ accountId, deliveryId }: PayloadOf<typeof cancelDelivery>): Promise<DeliveryView> {
    return this.manual.cancel(accountId, deliveryId);
  }
}
