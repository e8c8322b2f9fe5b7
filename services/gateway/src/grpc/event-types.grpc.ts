import { CreateEventTypeDto, UpdateEventTypeDto } from '#libs/api/src/event-type.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { AccountId, Needs } from '../keys/caller.js';
import { CHANGE_TIMEOUT_MS } from '../timeouts.js';
import { Answers, AnswersPage } from './answers.js';
import { Body, Id } from './request-parts.js';

@Needs('events:write')
@Controller()
export class EventTypesGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('EventTypes')
  @Needs('events:read')
  @AnswersPage('event_types')
  listEventTypes(@AccountId() accountId: string) {
    return this.asker.ask('subscriptions.event_types.list', { accountId });
  }

  @GrpcMethod('EventTypes')
  @Answers('event_type')
  createEventType(@AccountId() accountId: string, @Body() body: CreateEventTypeDto) {
    return this.asker.ask('subscriptions.event_types.create', { accountId, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('EventTypes')
  @Answers('event_type')
  updateEventType(@AccountId() accountId: string, @Id('name') name: string, @Body('name') body: UpdateEventTypeDto) {
    return this.asker.ask('subscriptions.event_types.update', { accountId, name, body }, CHANGE_TIMEOUT_MS);
  }

  @GrpcMethod('EventTypes')
  deleteEventType(@AccountId() accountId: string, @Id('name') name: string) {
    return this.asker.ask('subscriptions.event_types.delete', { accountId, name }, CHANGE_TIMEOUT_MS);
  }
}
