import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Keyring } from '#libs/signing/src/envelope-encryption';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Accounts } from './account/accounts.js';
import { Door } from './event/door.js';
import { EventLog } from './event/event-log.js';
import { EventsHandler } from './event/events.handler.js';
import { Ingress } from './event/ingress.js';
import { InboundWebhookStates } from './inbound/inbound-webhook-states.js';
import { InboundHandler } from './inbound/inbound.handler.js';
import { Seen } from './inbound/seen.js';
import { RejectedEvents } from './rejected/rejected-events.js';
import { ResendHandler } from './rejected/resend.handler.js';
import type { IngestionSettings } from './settings.js';

/** The door: events come in by NATS, by request and from inbound webhooks, and are stored or refused with a reason. */
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
      controllers: [EventsHandler, InboundHandler, ResendHandler],
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
