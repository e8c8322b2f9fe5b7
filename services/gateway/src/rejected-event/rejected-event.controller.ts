import { EventReceiptView, RejectedEventDetailView, RejectedEventView, ResendRejectedEventDto } from '#libs/api/src/event.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { getRejectedEvent, listRejectedEvents, resendRejectedEvent } from '#libs/contracts/src/calls/rejected-events';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';
import { resendRejected } from './resend-rejected.js';

@ApiTags('Events')
@Controller('api/v1/rejected-events')
export class RejectedEventController {
  constructor(private readonly asker: Asker) {}

  @Get()
  @Needs(listRejectedEvents)
  @AnswersPage('Lists events that were rejected over NATS or at an inbound webhook, newest first', RejectedEventView)
  listRejectedEvents(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask(listRejectedEvents, { accountId, query });
  }

  @Get(':id')
  @Needs(getRejectedEvent)
  @Answers(200, 'Reads a rejected event, with its body as it came', RejectedEventDetailView)
  @Problems('rejected_event_not_found')
  getRejectedEvent(@AccountId() accountId: string, @Param('id') rejectedId: string) {
    return this.asker.ask(getRejectedEvent, { accountId, rejectedId });
  }

  @Post(':id/resend')
  @Needs(resendRejectedEvent)
  @HttpCode(202)
  @Answers(202, 'Sends a rejected event again, edited or as it came; answers once it is stored', EventReceiptView)
  @Problems(
    'rejected_event_not_found',
    'inbound_webhook_not_found',
    'conflict',
    'invalid_event',
    'unknown_event_type',
    'schema_mismatch',
  )
  resendRejectedEvent(@AccountId() accountId: string, @Param('id') rejectedId: string, @Body() body: ResendRejectedEventDto) {
    return resendRejected(this.asker, { accountId, rejectedId }, body);
  }
}
