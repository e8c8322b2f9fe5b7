import type { CreateEventTypeDto, EventTypeView, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { Nothing, OfAccount } from '#libs/contracts/src/calls/call';
import { createEventType, deleteEventType, listEventTypes, updateEventType } from '#libs/contracts/src/calls/event-types';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { EventTypes } from './event-types.js';

@Controller()
export class EventTypesHandler {
  constructor(private readonly eventTypes: EventTypes) {}

  @Answers(listEventTypes)
  list({ accountId }: OfAccount): Promise<Page<EventTypeView>> {
    return this.eventTypes.list(accountId);
  }

  @Answers(createEventType)
  create({ accountId, body }: OfAccount<{ body: CreateEventTypeDto }>): Promise<EventTypeView> {
    return this.eventTypes.create(accountId, body);
  }

  @Answers(updateEventType)
  update({ accountId, name, body }: OfAccount<{ name: string; body: UpdateEventTypeDto }>): Promise<EventTypeView> {
    return this.eventTypes.update(accountId, name, body);
  }

  @Answers(deleteEventType)
  async delete({ accountId, name }: OfAccount<{ name: string }>): Promise<Nothing> {
    await this.eventTypes.delete(accountId, name);
    return {};
  }
}
