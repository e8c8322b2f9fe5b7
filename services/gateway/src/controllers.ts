import type { Type } from '@nestjs/common';
import { AccountController } from './account/account.controller.js';
import { ApiKeyController } from './api-key/api-key.controller.js';
import { AuditLogController } from './audit-log/audit-log.controller.js';
import { DeliveryController } from './delivery/delivery.controller.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { EventTypeController } from './event-type/event-type.controller.js';
import { EventController } from './event/event.controller.js';
import { InboundWebhookController } from './inbound-webhook/inbound-webhook.controller.js';
import { InboundController } from './inbound-webhook/inbound.controller.js';
import { IpAddressController } from './ip-address/ip-address.controller.js';
import { LiveController } from './live/live.controller.js';
import { NotificationController } from './notification/notification.controller.js';
import { RejectedEventController } from './rejected-event/rejected-event.controller.js';
import { ReplayController } from './replay/replay.controller.js';
import { StatisticsController } from './statistics/statistics.controller.js';
import { WebhookController } from './webhook/webhook.controller.js';

/** Every controller, for HTTP and gRPC alike. */
export const CONTROLLERS: Type[] = [
  AccountController,
  ApiKeyController,
  WebhookController,
  ErasureController,
  EventController,
  RejectedEventController,
  DeliveryController,
  StatisticsController,
  NotificationController,
  InboundWebhookController,
  InboundController,
  IpAddressController,
  AuditLogController,
  EventTypeController,
  ReplayController,
  LiveController,
];
