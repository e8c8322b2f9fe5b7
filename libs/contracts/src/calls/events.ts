import type { EventReceiptView, EventView } from '#libs/api/src/event.dto';
import type { EventExplanationView } from '#libs/api/src/explain.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookHistory } from '../webhook-history.js';
import { call, type OfAccount } from './call.js';

type OfEvent<T = unknown> = OfAccount<{ eventId: string }> & T;

/** `body` is the request's JSON text, an event or an array of them. Answers one receipt for each. */
export const publishEvents = call<OfAccount<{ body: string; traceparent: string | null }>, EventReceiptView[]>(
  'ingestion.events.accept',
  { needs: 'events:write' },
);
export const getEvent = call<OfEvent, EventView>('delivery_log.events.get', { needs: 'events:read' });
/** JSON text of each path's value before the event, by path. Paths that had none are missing. */
export const getValuesBefore = call<OfEvent<{ paths: string[] }>, Record<string, string>>('delivery_log.events.values_before');
/** When an event arrived, accepted or rejected. Throws `event_not_found`. */
export const getReceivedAt = call<OfEvent, { receivedAtMs: number }>('delivery_log.explain.received_at');
export const explainEvent = call<OfEvent<{ webhooks: Page<WebhookHistory>; isInFull: boolean }>, EventExplanationView>(
  'delivery_log.explain.event',
  { needs: 'deliveries:read' },
);
