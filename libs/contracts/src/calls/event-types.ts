import type { CreateEventTypeDto, EventTypeView, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import type { Page } from '#libs/api/src/page.dto';
import { call, CHANGE_TIMEOUT_MS, type Nothing, type OfAccount } from './call.js';

const changes = { needs: 'events:write', timeoutMs: CHANGE_TIMEOUT_MS } as const;

export const listEventTypes = call<OfAccount, Page<EventTypeView>>('subscriptions.event_types.list', { needs: 'events:read' });
export const createEventType = call<OfAccount<{ body: CreateEventTypeDto }>, EventTypeView>(
  'subscriptions.event_types.create',
  changes,
);
export const updateEventType = call<OfAccount<{ name: string; body: UpdateEventTypeDto }>, EventTypeView>(
  'subscriptions.event_types.update',
  changes,
);
export const deleteEventType = call<OfAccount<{ name: string }>, Nothing>('subscriptions.event_types.delete', changes);
