import type { ListDeliveriesQuery } from '#libs/api/src/delivery.dto';
import type { CreateErasureDto } from '#libs/api/src/erasure.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import type { CreateReplayDto } from '#libs/api/src/replay.dto';
import type { StatsQuery } from '#libs/api/src/statistics.dto';
import type { WebhookViewStatus } from '#libs/api/src/webhook.dto';
import type { WebhookCondition, WebhookHistory } from '#libs/contracts/src/webhook-history';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ManualRequests } from './delivery/manual-requests.js';
import { Deliveries } from './delivery/deliveries.js';
import { Erasures } from './erasure/erasures.js';
import { Events } from './event/events.js';
import { Explanations } from './explain/explanations.js';
import { RejectedEvents } from './rejected-event/rejected-events.js';
import { NewReplays } from './replay/new-replays.js';
import { Replays } from './replay/replays.js';
import { AccountStatistics } from './statistics/account-statistics.js';
import { WebhookStatistics } from './statistics/webhook-statistics.js';

type OfAccount<T> = { accountId: string } & T;
type ManualRequest = OfAccount<{ deliveryId: string; webhookStatus: WebhookViewStatus | null }>;

/** What the gateway asks of this service; one line each. */
@Controller()
export class DeliveryLogHandler {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly events: Events,
    private readonly explanations: Explanations,
    private readonly rejected: RejectedEvents,
    private readonly manual: ManualRequests,
    private readonly statistics: WebhookStatistics,
    private readonly accountStats: AccountStatistics,
    private readonly newReplays: NewReplays,
    private readonly replays: Replays,
    private readonly erasures: Erasures,
  ) {}

  @MessagePattern('delivery_log.deliveries.list')
  listDeliveries(@Payload() { accountId, webhookId, query }: OfAccount<{ webhookId: string; query: ListDeliveriesQuery }>) {
    return this.deliveries.list(accountId, webhookId, query);
  }
  @MessagePattern('delivery_log.deliveries.get')
  getDelivery(@Payload() { accountId, deliveryId }: OfAccount<{ deliveryId: string }>) {
    return this.deliveries.get(accountId, deliveryId);
  }
  @MessagePattern('delivery_log.deliveries.retry')
  retryDelivery(@Payload() { accountId, deliveryId, webhookStatus }: ManualRequest) {
    return this.manual.ask(accountId, deliveryId, 'retry', webhookStatus);
  }
  @MessagePattern('delivery_log.deliveries.cancel')
  cancelDelivery(@Payload() { accountId, deliveryId, webhookStatus }: ManualRequest) {
    return this.manual.ask(accountId, deliveryId, 'cancel', webhookStatus);
  }
  @MessagePattern('delivery_log.statistics.webhook')
  webhookStatistics(@Payload() payload: OfAccount<{ webhookId: string; query: StatsQuery; condition: WebhookCondition }>) {
    return this.statistics.get(payload.accountId, payload.webhookId, payload.query, payload.condition);
  }
  @MessagePattern('delivery_log.statistics.account')
  accountStatistics(@Payload() { accountId, query }: OfAccount<{ query: StatsQuery }>) {
    return this.accountStats.get(accountId, query);
  }
  @MessagePattern('delivery_log.replays.create')
  createReplay(@Payload() { accountId, webhookId, body }: OfAccount<{ webhookId: string; body: CreateReplayDto }>) {
    return this.newReplays.create(accountId, webhookId, body);
  }
  @MessagePattern('delivery_log.replays.list')
  listReplays(@Payload() { accountId, webhookId, query }: OfAccount<{ webhookId: string; query: PageQuery }>) {
    return this.replays.list(accountId, webhookId, query);
  }
  @MessagePattern('delivery_log.replays.get')
  getReplay(@Payload() { accountId, replayId }: OfAccount<{ replayId: string }>) {
    return this.replays.get(accountId, replayId);
  }
  @MessagePattern('delivery_log.replays.cancel')
  cancelReplay(@Payload() { accountId, replayId }: OfAccount<{ replayId: string }>) {
    return this.replays.cancel(accountId, replayId);
  }
  @MessagePattern('delivery_log.erasures.create')
  createErasure(@Payload() { accountId, body }: OfAccount<{ body: CreateErasureDto }>) {
    return this.erasures.create(accountId, body);
  }
  @MessagePattern('delivery_log.erasures.list')
  listErasures(@Payload() { accountId, query }: OfAccount<{ query: PageQuery }>) {
    return this.erasures.list(accountId, query);
  }
  @MessagePattern('delivery_log.erasures.get')
  getErasure(@Payload() { accountId, erasureId }: OfAccount<{ erasureId: string }>) {
    return this.erasures.get(accountId, erasureId);
  }
  @MessagePattern('delivery_log.events.get')
  getEvent(@Payload() { accountId, eventId }: OfAccount<{ eventId: string }>) {
    return this.events.get(accountId, eventId);
  }
  @MessagePattern('delivery_log.events.values_before')
  valuesBefore(@Payload() { accountId, eventId, paths }: OfAccount<{ eventId: string; paths: string[] }>) {
    return this.events.valuesBefore(accountId, eventId, paths);
  }
  @MessagePattern('delivery_log.explain.received_at')
  receivedAt(@Payload() { accountId, eventId }: OfAccount<{ eventId: string }>) {
    return this.explanations.receivedAt(accountId, eventId);
  }
  @MessagePattern('delivery_log.explain.event')
  explain(
    @Payload()
    payload: OfAccount<{ eventId: string; webhooks: Page<WebhookHistory>; isInFull: boolean }>,
  ) {
    return this.explanations.get(payload.accountId, payload.eventId, payload.webhooks, payload.isInFull);
  }
  @MessagePattern('delivery_log.rejected_events.list')
  listRejected(@Payload() { accountId, query }: OfAccount<{ query: PageQuery }>) {
    return this.rejected.list(accountId, query);
  }
  @MessagePattern('delivery_log.rejected_events.get')
  getRejected(@Payload() { accountId, rejectedId }: OfAccount<{ rejectedId: string }>) {
    return this.rejected.get(accountId, rejectedId);
  }
}
