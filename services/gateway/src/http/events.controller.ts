import {
  EventReceiptView,
  EventView,
  PublishEventDto,
  RejectedEventDetailView,
  RejectedEventView,
} from '#libs/api/src/event.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from '../openapi/describe.js';
import { publishEvents } from './publish-events.js';
import type { RequestWithText } from './body-parser.js';

@ApiTags('Events')
@ApiExtraModels(PublishEventDto)
@Controller('api/v1')
export class EventsController {
  constructor(private readonly asker: Asker) {}

  @Post('events')
  @Needs('events:write')
  @HttpCode(202)
  @ApiBody({
    schema: {
      oneOf: [
        { $ref: getSchemaPath(PublishEventDto) },
        { type: 'array', minItems: 1, maxItems: 100, items: { $ref: getSchemaPath(PublishEventDto) } },
      ],
    },
  })
  @Answers(202, 'Publishes an event, or an array of up to 100; answered when they are stored', EventReceiptView)
  publish(@AccountId() accountId: string, @Req() request: RequestWithText) {
    return publishEvents(this.asker, accountId, request.text ?? '', request.headers['traceparent']);
  }

  @Get('events/:id')
  @Needs('events:read')
  @Answers(200, 'Reads a stored event and its deliveries', EventView)
  get(@AccountId() accountId: string, @Param('id') eventId: string) {
    return this.asker.ask('delivery_log.events.get', { accountId, eventId });
  }

  @Get('rejected-events')
  @Needs('events:read')
  @AnswersPage('Lists what was refused over NATS, newest first', RejectedEventView)
  listRejected(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('delivery_log.rejected_events.list', { accountId, query });
  }

  @Get('rejected-events/:id')
  @Needs('events:read')
  @Answers(200, 'Reads a rejected event, with its body as it came', RejectedEventDetailView)
  getRejected(@AccountId() accountId: string, @Param('id') rejectedId: string) {
    return this.asker.ask('delivery_log.rejected_events.get', { accountId, rejectedId });
  }
}
