import * as accounts from './accounts.js';
import * as apiKeys from './api-keys.js';
import * as auditLog from './audit-log.js';
import type { Call } from './call.js';
import * as deliveries from './deliveries.js';
import * as erasures from './erasures.js';
import * as eventTypes from './event-types.js';
import * as events from './events.js';
import * as idempotency from './idempotency.js';
import * as inboundWebhooks from './inbound-webhooks.js';
import * as notifications from './notifications.js';
import * as rejectedEvents from './rejected-events.js';
import * as replays from './replays.js';
import * as statistics from './statistics.js';
import * as webhooks from './webhooks.js';

/** Every declared call. The gateway asks them; the first segment of a pattern names the service that answers. */
export const allCalls: Pick<Call<never, unknown>, 'pattern' | 'timeoutMs' | 'needs'>[] = [
  accounts,
  apiKeys,
  auditLog,
  deliveries,
  erasures,
  eventTypes,
  events,
  idempotency,
  inboundWebhooks,
  notifications,
  rejectedEvents,
  replays,
  statistics,
  webhooks,
].flatMap((declarations) => Object.values(declarations));
