import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeliveryLogHandler } from './delivery-log.handler.js';
import { ManualRequests } from './delivery/manual-requests.js';
import { Deliveries } from './delivery/deliveries.js';
import { ErasureRunner } from './erasure/erasure-runner.js';
import { Erasures } from './erasure/erasures.js';
import { Events } from './event/events.js';
import { Explanations } from './explain/explanations.js';
import { openLog } from './open-log.js';
import { Projections } from './projection/projections.js';
import { RejectedEvents } from './rejected-event/rejected-events.js';
import { Filtering } from './replay/filtering.js';
import { HandedOver } from './replay/handed-over.js';
import { NewReplays } from './replay/new-replays.js';
import { ReplayJobs } from './replay/replay-jobs.js';
import { ReplayRunner } from './replay/replay-runner.js';
import { Replays } from './replay/replays.js';
import { WebhookStates } from './replay/webhook-states.js';
import { Days } from './retention/days.js';
import { AccountStatistics } from './statistics/account-statistics.js';
import { WebhookStatistics } from './statistics/webhook-statistics.js';
import { DeliveryLogSettings } from './settings.js';

/** What happened, in PostgreSQL: projected from the streams, asked by the gateway. */
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
      controllers: [DeliveryLogHandler],
      providers: [
        { provide: DeliveryLogSettings, useValue: settings },
        { provide: JetStreamConnection, useFactory: () => JetStreamConnection.open(settings.NATS_URL, 'delivery-log') },
        { provide: DataSource, useFactory: () => openLog(settings) },
        Days,
        Projections,
        Deliveries,
        ManualRequests,
        WebhookStatistics,
        AccountStatistics,
        { provide: Publisher, useFactory: ({ nc }: JetStreamConnection) => new Publisher(nc), inject: [JetStreamConnection] },
        Events,
        Explanations,
        RejectedEvents,
        WebhookStates,
        Filtering,
        HandedOver,
        Replays,
        NewReplays,
        ReplayJobs,
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
