import { pingSubscriptions } from '#libs/contracts/src/calls/webhooks';
import { Asker } from '#libs/service/src/ask';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CONTROLLERS } from './controllers.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { Doorkeeper } from './keys/doorkeeper.js';
import { KeyGuard } from './keys/key.guard.js';
import { LiveDeliveries } from './live/live-deliveries.js';
import { RpcAdapter } from './rpc/rpc-adapter.js';
import { RpcServer } from './rpc/server.js';
import { GatewaySettings } from './settings.js';

/** The one entrance for people and programs: HTTP and gRPC in front of the services, which it asks over NATS. Keeps no state. */
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
      controllers: CONTROLLERS,
      providers: [
        { provide: GatewaySettings, useValue: settings },
        { provide: Asker, useFactory: () => new Asker(settings.NATS_URL, 'gateway') },
        Doorkeeper,
        RpcAdapter,
        RpcServer,
        LiveDeliveries,
        { provide: APP_GUARD, useClass: KeyGuard },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      ],
    };
  }

  onApplicationBootstrap(): void {
    // The management API answers as soon as subscriptions does.
    this.health.add({ name: 'subscriptions', isReady: () => this.asker.ask(pingSubscriptions, {}).then(() => true) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.asker.close();
  }
}
