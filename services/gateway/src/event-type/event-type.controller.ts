import { CreateEventTypeDto, EventTypeView, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import { createEventType, deleteEventType, listEventTypes, updateEventType } from '#libs/contracts/src/calls/event-types';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';

@ApiTags('Event types')
@Controller('api/v1/event-types')
export class EventTypeController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Needs(listEventTypes)
  @AnswersPage('Lists the event types that can be published and subscribed to', EventTypeView)
  listEventTypes(@AccountId() accountId: string) {
    return this.asker.ask(listEventTypes, { accountId });
  }

  @Post()
  @Needs(createEventType)
  @Answers(201, 'Creates an event type of your own', EventTypeView)
  @Problems('event_type_exists', 'conflict')
  createEventType(@AccountId() accountId: string, @Body() body: CreateEventTypeDto) {
    return this.asker.ask(createEventType, { accountId, body });
  }

  @Patch(':name')
  @Needs(updateEventType)
  @Answers(200, 'Changes an event type of your own', EventTypeView)
  @Problems('event_type_not_found', 'conflict')
  updateEventType(@AccountId() accountId: string, @Param('name') name: string, @Body() body: UpdateEventTypeDto) {
    return this.asker.ask(updateEventType, { accountId, name, body });
  }

  @Delete(':name')
  @Needs(deleteEventType)
  @HttpCode(204)
  @Answers(204, 'Deletes an event type of your own')
  @Problems('event_type_not_found', 'conflict')
  async deleteEventType(@AccountId() accountId: string, @Param('name') name: string): Promise<void> {
    await this.asker.ask(deleteEventType, { accountId, name });
  }
}
