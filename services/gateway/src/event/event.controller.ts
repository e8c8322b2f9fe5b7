import {
  EventReceiptView,
  EventView,
  PublishEventDto,
  RejectedEventDetailView,
  RejectedEventView,
  ResendRejectedEventDto,
} from '#libs/api/src/event.dto';
import { EventExplanationView, ExplainEventQuery } from '#libs/api/src/explain.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersInKind, AnswersPage, oneOrMany, Problems } from '../openapi/describe.js';
import { explainEvent } from './explain-event.js';
import { publishEvents } from './publish-events.js';
import { resendRejected } from '../rejected-event/resend-rejected.js';
import type { RequestWithText } from '../http/body-parser.js';

@ApiTags('Events')
@ApiExtraModels(PublishEventDto)
@Controller('api/v1')
export class EventsController {
  constructor(private readonly asker: Asker) {}

  @Post('events')
  @Needs('events:write')
  @HttpCode(202)
  @ApiBody({ schema: oneOrMany(PublishEventDto) })
  @AnswersInKind(202, 'Publishes an event, or an array of up to 100; answered when they are stored', EventReceiptView)
  @Problems('invalid_event', 'unknown_event_type', 'schema_mismatch')
  publishEvents(@AccountId() accountId: string, @Req() request: RequestWithText) {
    return publishEvents(this.asker, accountId, request.text ?? '', request.headers['traceparent']);
  }

  @Get('events/:id')
  @Needs('events:read')
  @Answers(200, 'Reads a stored event and its deliveries', EventView)
  @Problems('event_not_found')
  getEvent(@AccountId() accountId: string, @Param('id') eventId: string) {
    return this.asker.ask('delivery_log.events.get', { accountId, eventId });
  }

  @Get('events/:id/explain')
  @Needs('deliveries:read')
  @Answers(200, 'Explains in words what became of an event, also of one that was not accepted', EventExplanationView)
  @Problems('event_not_found', 'webhook_not_found')
  explainEvent(@AccountId() accountId: string, @Param('id') eventId: string, @Query() query: ExplainEventQuery) {
    return explainEvent(this.asker, accountId, eventId, query);
  }

  @Get('rejected-events')
  @Needs('events:read')
  @AnswersPage('Lists what came over NATS or to an inbound webhook and was not accepted, newest first', RejectedEventView)
  listRejectedEvents(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('delivery_log.rejected_events.list', { accountId, query });
  }

  @Get('rejected-events/:id')
  @Needs('events:read')
  @Answers(200, 'Reads a rejected event, with its body as it came', RejectedEventDetailView)
  @Problems('rejected_event_not_found')
  getRejectedEvent(@AccountId() accountId: string, @Param('id') rejectedId: string) {
    return this.asker.ask('delivery_log.rejected_events.get', { accountId, rejectedId });
  }

  @Post('rejected-events/:id/resend')
  @Needs('events:write')
  @HttpCode(202)
  @Answers(202, 'Sends a rejected event again, edited or as it came; answered when it is stored', EventReceiptView)
  @Problems(
    'rejected_event_not_found',
    'inbound_webhook_not_found',
    'conflict',
    'invalid_event',
    'unknown_event_type',
    'schema_mismatch',
  )
  resendRejectedEvent(@AccountId() accountId: string, @Param('id') rejectedId: string, @Body() body: ResendRejectedEventDto) {
    return resendRejected(this.asker, accountId, rejectedId, body);
  }
}
