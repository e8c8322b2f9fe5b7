import { CreateErasureDto, ErasureView } from '#libs/api/src/erasure.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { createErasure, getErasure, listErasures } from '#libs/contracts/src/calls/erasures';
import { Asker } from '#libs/service/src/ask';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage, Problems } from '../route/describe.js';

@ApiTags('Events')
@Controller('api/v1/erasures')
export class ErasureController {
  constructor(private readonly asker: Asker) {}

  @Post()
  @Needs(createErasure)
  @HttpCode(202)
  @Answers(
    202,
    "Erases the payloads of one event, of a record, or of every event that contains an e-mail address. Receivers' answers to them " +
      'are erased too, and deliveries that still wait fail. Events accepted later are not affected',
    ErasureView,
  )
  @Problems('event_not_found', 'conflict')
  createErasure(@AccountId() accountId: string, @Body() body: CreateErasureDto) {
    return this.asker.ask(createErasure, { accountId, body });
  }

  @Get()
  @Needs(listErasures)
  @AnswersPage('Lists erasures, newest first', ErasureView)
  listErasures(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask(listErasures, { accountId, query });
  }

  @Get(':id')
  @Needs(getErasure)
  @Answers(200, 'Reads an erasure and its progress', ErasureView)
  @Problems('erasure_not_found')
  getErasure(@AccountId() accountId: string, @Param('id') erasureId: string) {
    return this.asker.ask(getErasure, { accountId, erasureId });
  }
}
