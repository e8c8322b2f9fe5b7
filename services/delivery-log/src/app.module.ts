import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveriesHandler } from './delivery/deliveries.handler.js';
import { Deliveries } from './delivery/deliveries.js';
import { ManualRequests } from './delivery/manual-requests.js';
import { ErasureRunner } from './erasure/erasure-runner.js';
import { ErasuresHandler } from './erasure/erasures.handler.js';
import { Erasures } from './erasure/erasures.js';
import { EventsHandler } from './event/events.handler.js';
import { Events } from './event/events.js';
import { ExplanationsHandler } from './explain/explanations.handler.js';
import { Explanations } from './explain/explanations.js';
import { openLog } from './open-log.js';
import { Projections } from './projection/projections.js';
import { RejectedEventsHandler } from './rejected-event/rejected-events.handler.js';
import { RejectedEvents } from './rejected-event/rejected-events.js';
import { ReplayQueue } from './replay/replay-queue.js';
import { ReplayRunner } from './replay/replay-runner.js';
import { ReplayTurns } from './replay/replay-turns.js';
import { ReplayedWebhooks } from './replay/replayed-webhooks.js';
import { ReplaysHandler } from './replay/replays.handler.js';
import { Replays } from './replay/replays.js';
import { Days } from './retention/days.js';
import { DeliveryLogSettings } from './settings.js';
import { AccountStatistics } from './statistics/account-statistics.js';
import { StatisticsHandler } from './statistics/statistics.handler.js';
import { WebhookStatistics } from './statistics/webhook-statistics.js';

/** Projects the streams into PostgreSQL and answers the gateway's questions about them. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly database: DataSource,
    private readonly days: Days,
    private readonly projections: Projections,
    private readonly replays: ReplayRunner,
    private readonly erasures: ErasureRunner,
    private readonly health: Health,
  ) {}

  static with(settings: DeliveryLogSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule],
      controllers: [
        EventsHandler,
        RejectedEventsHandler,
        DeliveriesHandler,
        StatisticsHandler,
        ExplanationsHandler,
        ReplaysHandler,
        ErasuresHandler,
      ],
      providers: [
        { provide: DeliveryLogSettings, useValue: settings },
        { provide: JetStreamConnection, useFactory: () => JetStreamConnection.open(settings.NATS_URL, 'delivery-log') },
        { provide: Publisher, useFactory: ({ nc }: JetStreamConnection) => new Publisher(nc), inject: [JetStreamConnection] },
        { provide: DataSource, useFactory: () => openLog(settings) },
        Days,
        Projections,
        Events,
        RejectedEvents,
        Deliveries,
        ManualRequests,
        WebhookStatistics,
        AccountStatistics,
        Explanations,
        Replays,
        ReplayedWebhooks,
        ReplayQueue,
        ReplayTurns,
        ReplayRunner,
        Erasures,
        ErasureRunner,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.days.start();
    this.projections.start();
    this.replays.start();
    this.erasures.start();
    this.health.add({ name: 'nats', isReady: () => this.connection.isReady() });
    this.health.add({ name: 'database', isReady: () => this.database.query('SELECT 1').then(() => true) });
  }

  async onApplicationShutdown(): Promise<void> {
    this.days.stop();
    await Promise.all([this.replays.stop(), this.erasures.stop()]);
    await this.projections.stop();
    this.publisher.close();
    await this.connection.close();
    await this.database.destroy();
  }
}
