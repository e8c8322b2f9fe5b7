import { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import { Publisher } from '#libs/jetstream/src/publisher';
import { outgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { openDatabase } from '#libs/postgres/src/database';
import { Health } from '#libs/service/src/health';
import { ServiceModule } from '#libs/service/src/service.module';
import { Keyring } from '#libs/signing/src/envelope-encryption';
import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccountsHandler } from './account/accounts.handler.js';
import { Accounts } from './account/accounts.js';
import { OwnAccount } from './account/own-account.js';
import { Admissions } from './api-key/admissions.js';
import { ApiKeysHandler } from './api-key/api-keys.handler.js';
import { ApiKeys } from './api-key/api-keys.js';
import { AuditLogHandler } from './audit/audit-log.handler.js';
import { AuditLog } from './audit/audit-log.js';
import { EventTypesHandler } from './event-type/event-types.handler.js';
import { EventTypes } from './event-type/event-types.js';
import { HealthWatch } from './health/health-watch.js';
import { IdempotencyHandler } from './idempotency/idempotency.handler.js';
import { IdempotencyKeys } from './idempotency/idempotency-keys.js';
import { InboundWebhooksHandler } from './inbound-webhook/inbound-webhooks.handler.js';
import { InboundWebhooks } from './inbound-webhook/inbound-webhooks.js';
import { Subscriptions1767225600000 } from './migrations/1-subscriptions.js';
import { NotificationsHandler } from './notification/notifications.handler.js';
import { Notifications } from './notification/notifications.js';
import { Outbox } from './outbox/outbox.js';
import { PingHandler } from './ping.handler.js';
import type { SubscriptionsSettings } from './settings.js';
import { WebhookBuilder } from './webhook/webhook-builder.js';
import { WebhookChanges } from './webhook/webhook-changes.js';
import { WebhookHistoriesHandler } from './webhook/webhook-histories.handler.js';
import { WebhookHistories } from './webhook/webhook-histories.js';
import { WebhookPreviews } from './webhook/webhook-previews.js';
import { WebhookRules } from './webhook/webhook-rules.js';
import { WebhookSecrets } from './webhook/webhook-secrets.js';
import { WebhookTests } from './webhook/webhook-tests.js';
import { WebhookTrialsHandler } from './webhook/webhook-trials.handler.js';
import { WebhooksHandler } from './webhook/webhooks.handler.js';
import { Webhooks } from './webhook/webhooks.js';

/** Accounts, keys and webhooks in PostgreSQL, and their states in JetStream. */
@Module({})
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: Publisher,
    private readonly database: DataSource,
    private readonly accounts: Accounts,
    private readonly outbox: Outbox,
    private readonly changes: WebhookChanges,
    private readonly healthWatch: HealthWatch,
    private readonly idempotency: IdempotencyKeys,
    private readonly health: Health,
  ) {}

  static with(settings: SubscriptionsSettings): DynamicModule {
    const database = {
      url: settings.DATABASE_URL,
      schema: 'subscriptions',
      migrations: [Subscriptions1767225600000],
    };
    return {
      module: AppModule,
      imports: [ServiceModule],
      controllers: [
        AccountsHandler,
        ApiKeysHandler,
        AuditLogHandler,
        EventTypesHandler,
        IdempotencyHandler,
        InboundWebhooksHandler,
        NotificationsHandler,
        PingHandler,
        WebhookHistoriesHandler,
        WebhookTrialsHandler,
        WebhooksHandler,
      ],
      providers: [
        { provide: JetStreamConnection, useFactory: () => JetStreamConnection.open(settings.NATS_URL, 'subscriptions') },
        { provide: Publisher, useFactory: ({ nc }: JetStreamConnection) => new Publisher(nc), inject: [JetStreamConnection] },
        { provide: DataSource, useFactory: () => openDatabase(database) },
        { provide: Keyring, useValue: new Keyring(settings.TIDINGS_KEK) },
        { provide: WebhookRules, useValue: new WebhookRules(outgoingPolicy(settings)) },
        Admissions,
        ApiKeys,
        AuditLog,
        IdempotencyKeys,
        Outbox,
        Accounts,
        OwnAccount,
        EventTypes,
        WebhookChanges,
        WebhookSecrets,
        WebhookBuilder,
        Webhooks,
        WebhookHistories,
        WebhookTests,
        WebhookPreviews,
        InboundWebhooks,
        HealthWatch,
        Notifications,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.accounts.checkKeys();
    this.outbox.start();
    this.changes.start();
    this.idempotency.start();
    await this.healthWatch.start();
    this.health.add({ name: 'nats', isReady: () => this.connection.isReady() });
    this.health.add({ name: 'database', isReady: () => this.database.query('SELECT 1').then(() => true) });
  }

  async onApplicationShutdown(): Promise<void> {
    this.healthWatch.stop();
    this.outbox.stop();
    this.changes.stop();
    this.idempotency.stop();
    this.publisher.close();
    await this.connection.close();
    await this.database.destroy();
  }
}
