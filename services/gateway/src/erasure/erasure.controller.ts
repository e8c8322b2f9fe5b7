import { CreateErasureDto, ErasureView } from '#libs/api/src/erasure.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../openapi/describe.js';

@ApiTags('Events')
@Needs('events:erase')
@Controller('api/v1/erasures')
export class ErasuresController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @HttpCode(202)
  @Answers(
    202,
    'Erases payloads, and what receivers answered to them, everywhere: of one event, of all about a record, or of all that have ' +
      'an e-mail address. Of what was accepted until now; what waits to be sent ends as failed',
    ErasureView,
  )
  @Problems('event_not_found', 'conflict')
  createErasure(@AccountId() accountId: string, @Body() body: CreateErasureDto) {
    return this.asker.ask('delivery_log.erasures.create', { accountId, body });
  }

  @Get()
  @AnswersPage('Lists erasures, newest first', ErasureView)
  listErasures(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('delivery_log.erasures.list', { accountId, query });
  }

  @Get(':id')
  @Answers(200, 'Tells how far an erasure is', ErasureView)
  @Problems('erasure_not_found')
  getErasure(@AccountId() accountId: string, @Param('id') erasureId: string) {
    return this.asker.ask('delivery_log.erasures.get', { accountId, erasureId });
  }
}
