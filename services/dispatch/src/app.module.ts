import { readFileSync } from 'node:fs';
import { DirectReader } from '#libs/jetstream/src/direct-reader';
import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { outgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { Health, Metrics } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import type { Metric } from 'prom-client';
import { Keyring } from '#libs/signing/src/envelope-encryption';
import { Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AttemptHandler } from './attempt/attempt.handler.js';
import { Clock } from './attempt/clock.js';
import { Secrets } from './attempt/secrets.js';
import { Slots } from './flow/slots.js';
import { WebhookSender } from './attempt/webhook-sender.js';
import { placesForLanes } from './lane/lanes.js';
import { dispatchMetrics } from './metrics.js';
import { HealthBook } from './health/health-book.js';
import { Partitions } from './partition/partitions.js';
import { followErasures } from './payload/follow-erasures.js';
import { StoredEvents } from './payload/stored-events.js';
import type { DispatchSettings } from './settings.js';

/** Matches events to webhooks and delivers them. Everything it knows is in JetStream; there is no database here. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private static settings: DispatchSettings;
  private readonly logger = new Logger('Dispatch');
  private readonly onProblem = (reason: string, error?: unknown): void => {
    this.logger.warn(error instanceof Error ? `${reason}: ${error.message}` : reason);
  };
  private readonly partitions: Partitions;
  private readonly healthBook: HealthBook;
  private readonly reader: DirectReader;
  private readonly events: StoredEvents;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly sender: WebhookSender,
    private readonly health: Health,
    attempts: AttemptHandler,
    slots: Slots,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const { onProblem } = this;
    this.reader = new DirectReader(connection.nc);
    this.events = new StoredEvents(this.reader);
    this.healthBook = new HealthBook(connection, publisher, AppModule.settings.TIDINGS_TIME_SCALE, onProblem);
    this.partitions = new Partitions({
      connection,
      publisher,
      attempts,
      slots,
      events: this.events,
      health: this.healthBook,
      clock,
      flowing: placesForLanes(),
      timeScale: AppModule.settings.TIDINGS_TIME_SCALE,
      onProblem,
    });
    for (const metric of Object.values(dispatchMetrics) as Metric[]) metrics.registry.registerMetric(metric);
    setInterval(() => dispatchMetrics.inFlight.set(slots.inUse), 1_000).unref();
  }

  static with(settings: DispatchSettings): DynamicModule {
    AppModule.settings = settings;
    const extraCa = settings.TIDINGS_EXTRA_CA_FILE === '' ? null : readFileSync(settings.TIDINGS_EXTRA_CA_FILE, 'utf8');
    return {
      module: AppModule,
      imports: [ServiceModule],
      providers: [
        { provide: JetStreamConnection, useFactory: () => JetStreamConnection.open(settings.NATS_URL, 'dispatch') },
        { provide: Publisher, useFactory: ({ nc }: JetStreamConnection) => new Publisher(nc), inject: [JetStreamConnection] },
        { provide: Keyring, useValue: new Keyring(settings.TIDINGS_KEK) },
        { provide: WebhookSender, useValue: new WebhookSender(outgoingPolicy(settings), extraCa) },
        { provide: Slots, useValue: new Slots(settings.TIDINGS_REQUESTS_MAX) },
        {
          provide: Clock,
          useFactory: (connection: JetStreamConnection) => clockOf(connection),
          inject: [JetStreamConnection],
        },
        Secrets,
        AttemptHandler,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.clock.start();
    await followErasures(this.connection, this.events, this.onProblem);
    await this.partitions.start();
    this.health.add({ name: 'nats', isReady: () => this.connection.isReady() });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.partitions.stop();
    this.clock.stop();
    await this.sender.close();
    this.reader.close();
    this.publisher.close();
    await this.connection.close();
  }
}

function clockOf({ jsm }: JetStreamConnection): Clock {
  const logger = new Logger('Clock');
  const server = async (): Promise<number> => {
    // The server's time of the answer, which the client's types lack.
    const { ts } = (await jsm.streams.info('FACTS')) as unknown as { ts: string };
    return Date.parse(ts);
  };
  return new Clock({ server, wall: () => Date.now(), monotonic: () => performance.now() }, (reason, error) => {
    logger.warn(error instanceof Error ? `${reason}: ${error.message}` : reason);
  });
}
