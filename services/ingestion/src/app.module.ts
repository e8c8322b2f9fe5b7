import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Keyring } from '#libs/signing/src/envelope-encryption';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Accounts } from './account/accounts.js';
import { Door } from './door/door.js';
import { EventLog } from './store/event-log.js';
import { EventsHandler } from './event/events.handler.js';
import { Ingress } from './event/ingress.js';
import { InboundWebhookStates } from './inbound/inbound-webhook-states.js';
import { InboundWebhooksHandler } from './inbound/inbound-webhooks.handler.js';
import { Seen } from './store/seen.js';
import { RejectedEvents } from './store/rejected-events.js';
import { RejectedEventsHandler } from './rejected/rejected-events.handler.js';
import type { IngestionSettings } from './settings.js';

/** Takes events over NATS, over the API and from inbound webhooks, and stores each or rejects it with a reason. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly accounts: Accounts,
    private readonly ingress: Ingress,
    private readonly publisher: Publisher,
    private readonly connection: JetStreamConnection,
    private readonly health: Health,
  ) {}

  static with(settings: IngestionSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule],
      controllers: [EventsHandler, InboundWebhooksHandler, RejectedEventsHandler],
      providers: [
        { provide: JetStreamConnection, useFactory: () => JetStreamConnection.open(settings.NATS_URL, 'ingestion') },
        { provide: Publisher, useFactory: ({ nc }: JetStreamConnection) => new Publisher(nc), inject: [JetStreamConnection] },
        { provide: Keyring, useValue: new Keyring(settings.TIDINGS_KEK) },
        Accounts,
        InboundWebhookStates,
        Seen,
        Door,
        EventLog,
        RejectedEvents,
        Ingress,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.accounts.start();
    this.ingress.start();
    this.health.add({ name: 'nats', isReady: () => this.connection.isReady() });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.ingress.stop();
    this.publisher.close();
    await this.connection.close();
  }
}
