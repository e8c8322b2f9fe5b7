import { Asker } from '#libs/service/src/ask';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccountsGrpc } from './grpc/accounts.grpc.js';
import { ApiKeysGrpc } from './grpc/api-keys.grpc.js';
import { AuditLogGrpc } from './grpc/audit-log.grpc.js';
import { CallsInterceptor } from './grpc/calls.interceptor.js';
import { DeliveriesGrpc } from './grpc/deliveries.grpc.js';
import { EventTypesGrpc } from './grpc/event-types.grpc.js';
import { InboundWebhooksGrpc } from './grpc/inbound-webhooks.grpc.js';
import { EventsGrpc } from './grpc/events.grpc.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { NotificationsGrpc } from './grpc/notifications.grpc.js';
import { ReplaysGrpc } from './grpc/replays.grpc.js';
import { WebhooksGrpc } from './grpc/webhooks.grpc.js';
import { AccountsController } from './account/account.controller.js';
import { ApiKeysController } from './api-key/api-key.controller.js';
import { AuditLogController } from './audit-log/audit-log.controller.js';
import { DeliveriesController } from './delivery/delivery.controller.js';
import { EventTypesController } from './event-type/event-type.controller.js';
import { ErasuresController } from './erasure/erasure.controller.js';
import { EventsController } from './event/event.controller.js';
import { InboundController } from './inbound-webhook/inbound.controller.js';
import { InboundWebhooksController } from './inbound-webhook/inbound-webhook.controller.js';
import { IpAddressesController } from './ip-address/ip-address.controller.js';
import { NotificationsController } from './notification/notification.controller.js';
import { ReplaysController } from './replay/replay.controller.js';
import { StatsController } from './statistics/statistics.controller.js';
import { WebhooksController } from './webhook/webhook.controller.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { Doorkeeper } from './keys/doorkeeper.js';
import { KeyGuard } from './keys/key.guard.js';
import { LiveController } from './live/live.controller.js';
import { LiveDeliveries } from './live/live-deliveries.js';
import { GatewaySettings } from './settings.js';

/** The one door for people and programs: HTTP and gRPC in front of the services, which it asks over NATS. Holds no state. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly asker: Asker,
    private readonly health: Health,
  ) {}

  static with(settings: GatewaySettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule],
      controllers: [
        AccountsController,
        ApiKeysController,
        WebhooksController,
        ErasuresController,
        EventsController,
        DeliveriesController,
        StatsController,
        NotificationsController,
        InboundWebhooksController,
        InboundController,
        IpAddressesController,
        AuditLogController,
        EventTypesController,
        ReplaysController,
        LiveController,
        AccountsGrpc,
        ApiKeysGrpc,
        WebhooksGrpc,
        EventsGrpc,
        EventTypesGrpc,
        InboundWebhooksGrpc,
        DeliveriesGrpc,
        ReplaysGrpc,
        NotificationsGrpc,
        AuditLogGrpc,
      ],
      providers: [
        { provide: GatewaySettings, useValue: settings },
        { provide: Asker, useFactory: () => new Asker(settings.NATS_URL, 'gateway') },
        Doorkeeper,
        GrpcServer,
        LiveDeliveries,
        { provide: APP_GUARD, useClass: KeyGuard },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useClass: CallsInterceptor },
      ],
    };
  }

  onApplicationBootstrap(): void {
    // The management API answers as soon as the service behind it does.
    this.health.add({ name: 'subscriptions', isReady: () => this.asker.ask('subscriptions.ping', {}, 500).then(() => true) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.asker.close();
  }
}
