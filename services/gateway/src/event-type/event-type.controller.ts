import { CreateEventTypeDto, EventTypeView, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';
import { CHANGE_TIMEOUT_MS } from '../timeouts.js';

@ApiTags('Event types')
@Needs('events:write')
@Controller('api/v1/event-types')
export class EventTypesController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Needs('events:read')
  @AnswersPage('Lists the event types that may be published and subscribed to', EventTypeView)
  listEventTypes(@AccountId() accountId: string) {
    return this.asker.ask('subscriptions.event_types.list', { accountId });
  }

  @Post()
  @Answers(201, 'Creates an event type of your own', EventTypeView)
  @Problems('event_type_exists', 'conflict')
  createEventType(@AccountId() accountId: string, @Body() body: CreateEventTypeDto) {
    return this.asker.ask('subscriptions.event_types.create', { accountId, body }, CHANGE_TIMEOUT_MS);
  }

  @Patch(':name')
  @Answers(200, 'Changes an event type of your own', EventTypeView)
  @Problems('event_type_not_found', 'conflict')
  updateEventType(@AccountId() accountId: string, @Param('name') name: string, @Body() body: UpdateEventTypeDto) {
    return this.asker.ask('subscriptions.event_types.update', { accountId, name, body }, CHANGE_TIMEOUT_MS);
  }

  @Delete(':name')
  @HttpCode(204)
  @Answers(204, 'Deletes an event type of your own')
  @Problems('event_type_not_found', 'conflict')
  async deleteEventType(@AccountId() accountId: string, @Param('name') name: string): Promise<void> {
    await this.asker.ask('subscriptions.event_types.delete', { accountId, name }, CHANGE_TIMEOUT_MS);
  }
}
