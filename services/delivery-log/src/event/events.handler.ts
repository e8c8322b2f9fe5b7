import type { EventView } from '#libs/api/src/event.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { getEvent, getValuesBefore } from '#libs/contracts/src/calls/events';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Events } from './events.js';

@Controller()
export class EventsHandler {
  constructor(private readonly events: Events) {}

  @Answers(getEvent)
  get({ accountId, eventId }: PayloadOf<typeof getEvent>): Promise<EventView> {
    return this.events.get(accountId, eventId);
  }

  @Answers(getValuesBefore)
  getValuesBefore({ accountId, eventId, paths }: PayloadOf<typeof getValuesBefore>): Promise<Record<string, string>> {
    return this.events.getValuesBefore(accountId, eventId, paths);
  }
}
