import { EventReceiptView, EventView, PublishEventDto } from '#libs/api/src/event.dto';
import { EventExplanationView, ExplainEventQuery } from '#libs/api/src/explain.dto';
import { explainEvent, getEvent, publishEvents } from '#libs/contracts/src/calls/events';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { BodyText, Traceparent } from '../http/request-parts.js';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersInKind, oneOrMany, Problems } from '../route/describe.js';
import { explainFromHistory } from './explain-event.js';
import { publishText } from './publish-events.js';

@ApiTags('Events')
@ApiExtraModels(PublishEventDto)
@Controller('api/v1/events')
export class EventController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Needs(publishEvents)
  @HttpCode(202)
  @ApiBody({ schema: oneOrMany(PublishEventDto) })
  @AnswersInKind(202, 'Publishes an event, or an array of up to 100; answers once they are stored', EventReceiptView)
  @Problems('invalid_event', 'unknown_event_type', 'schema_mismatch')
  publishEvents(@AccountId() accountId: string, @BodyText() body: string, @Traceparent() traceparent: string | null) {
    return publishText(this.asker, { accountId, body, traceparent });
  }

  @Get(':id')
  @Needs(getEvent)
  @Answers(200, 'Reads a stored event and its deliveries', EventView)
  @Problems('event_not_found')
  getEvent(@AccountId() accountId: string, @Param('id') eventId: string) {
    return this.asker.ask(getEvent, { accountId, eventId });
  }

  @Get(':id/explain')
  @Needs(explainEvent)
  @Answers(200, 'Explains in words what happened to an event, accepted or rejected', EventExplanationView)
  @Problems('event_not_found', 'webhook_not_found')
  explainEvent(@AccountId() accountId: string, @Param('id') eventId: string, @Query() query: ExplainEventQuery) {
    return explainFromHistory(this.asker, { accountId, eventId, query });
  }
}
